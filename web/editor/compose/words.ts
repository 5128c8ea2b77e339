/** What the keys of a compose file are for: the schema knows only their shapes. Sentences in Markdown. */

const TOP: Words = {
  version: 'The version of the format. It is optional, and only says what else may stand here.',
  services: 'The containers of the application, by name: each is found under that name by the others.',
  networks: 'Networks of the application. Without any, all services share one.',
  volumes: 'Named volumes: their data outlives the containers. `docker-compose down -v` removes them.',
  secrets: 'Files with secrets that services ask for by name; they see them below `/run/secrets`.',
  configs: 'Files of settings that services ask for by name.',
};

const SERVICE: Words = {
  build:
    'Where the image is built from: a folder with a Dockerfile, or `context`, `dockerfile`, `args`, `target`. With `image` beside it the result gets that name.',
  image: 'The image that the container is started from, such as `nginx:1.27`; pulled when it is not there.',
  command: 'Takes the place of the image’s `CMD`. A list is passed on as it is: `["python", "main.py"]`.',
  entrypoint: 'Takes the place of the image’s `ENTRYPOINT`.',
  container_name: 'A name of its own instead of `project_service_1`. There can be only one such container.',
  depends_on:
    'Services that are started before this one. That they have started does not mean that they answer: `condition: service_healthy` waits for their health check.',
  environment: 'Variables for the program. A name without a value is taken from your shell.',
  env_file: 'Files with variables, `NAME=value` on each line.',
  expose: 'Ports for the other services only; `ports` publishes.',
  ports:
    'Ports that are published: `"8080:80"` is port 8080 outside and 80 in the container. In quotes, because YAML reads some pairs of numbers as times.',
  volumes:
    'What is mounted: `data:/var/lib/data` a named volume, `./src:/app` a folder beside this file; `:ro` behind it for reading only.',
  networks: 'The networks that the service is on.',
  restart: 'What happens when the program ends: `"no"`, `always`, `on-failure` or `unless-stopped`.',
  healthcheck:
    'How Docker finds out whether the program answers: `test`, `interval`, `timeout`, `retries`, `start_period`.',
  user: 'The user that the program runs as, by name or number; `name:group`.',
  working_dir: 'The folder that the program begins in.',
  labels: 'Names and values that tools find the container by.',
  profiles: 'The service is only started when one of these profiles is asked for.',
  deploy: 'How many, and with which limits: `resources.limits.memory`, `replicas`.',
  read_only: 'The container cannot write to its file system, but to its volumes.',
  init: 'Runs a small process 1 that passes signals on and ends orphans.',
  privileged: 'Gives the container nearly all rights of the machine. Hardly ever needed.',
  cap_add: 'Single rights of root that the container gets on top of the usual ones.',
  cap_drop: 'Rights of root that are taken from the container; `ALL` takes all.',
  mem_limit: 'The most memory that the container may use, such as `256m`.',
  cpus: 'How many processors’ worth of time it may use, such as `0.5`.',
  logging: 'Where what it prints goes: `driver`, `options` such as `max-size`.',
  extends: 'Takes over the settings of another service, here or in another file.',
  secrets: 'Which of the secrets below the service may read.',
  configs: 'Which of the configs below the service sees.',
  tmpfs: 'Folders that live in memory and are gone with the container.',
  stdin_open: 'Keeps standard input open, as `docker run -i`.',
  tty: 'Gives the program a terminal, as `docker run -t`.',
  stop_grace_period: 'How long it may take to end after SIGTERM, before it is killed: `10s`.',
  extra_hosts: 'More names for addresses: `"name:10.0.0.1"`.',
  hostname: 'The name that the container has for itself.',
  network_mode: '`host`, `none`, or `service:name` for the network of another service.',
  platform: 'For another kind of processor: `linux/arm64`.',
  scale: 'How many containers of this service are started.',
};

const BUILD: Words = {
  context: 'The folder that is sent to the builder.',
  dockerfile: 'Another file than `Dockerfile`, from the context on.',
  args: 'Values for the `ARG`s of the Dockerfile.',
  target: 'The stage to stop at.',
};

type Words = Readonly<Record<string, string>>;
type Properties = Readonly<Record<string, object>>;

/** The schema, with words for its keys. */
export function documented(spec: ComposeSpec): object {
  const { definitions, properties } = spec;
  const { service } = definitions;
  const { build } = service.properties;
  const builds = build.oneOf.map((each) =>
    'properties' in each ? { ...each, properties: told(each.properties, BUILD) } : each,
  );
  const services = { ...service.properties, build: { ...build, oneOf: builds } };
  return {
    ...spec,
    properties: told(properties, TOP),
    definitions: { ...definitions, service: { ...service, properties: told(services, SERVICE) } },
  };
}

/** What of the compose specification's schema gets words. */
export interface ComposeSpec {
  readonly properties: Properties;
  readonly definitions: {
    readonly service: {
      readonly properties: Properties & {
        readonly build: { readonly oneOf: readonly (object | { readonly properties: Properties })[] };
      };
    };
  };
}

const told = (properties: Properties, words: Words): Properties =>
  Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => {
      const description = words[key];
      return [key, description === undefined ? schema : { ...schema, description }];
    }),
  );
