import type { ContainerRecord } from './model.ts';

type Told = Pick<ContainerRecord, 'id' | 'name' | 'image'> & {
  readonly config: Pick<ContainerRecord['config'], 'Image' | 'Labels' | 'Env'>;
  readonly hostConfig: Pick<ContainerRecord['hostConfig'], 'LogConfig'>;
};

/** Digits of a short id. */
const SHORT = 12;

/**
 * What `docker logs --details` writes in front of each line: labels and variables that `--log-opt labels=a,b` and `env=c` name,
 * and the `tag`, as `a=1,c=x`, in the order of their names; empty without such options.
 */
export function logDetails({ id, name, image, config, hostConfig }: Told): string {
  const { labels = '', env = '', tag } = hostConfig.LogConfig.Config ?? {};
  const variables = new Map(
    (config.Env ?? []).map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  const details = new Map([
    ...chosen(labels, (label) => config.Labels[label]),
    ...chosen(env, (variable) => variables.get(variable)),
  ]);
  const fields: Readonly<Record<string, string>> = {
    ID: id.slice(0, SHORT),
    FullID: id,
    Name: name.replace(/^\//, ''),
    ImageID: image.slice(0, SHORT),
    ImageFullID: image,
    ImageName: config.Image,
    DaemonName: 'docker',
  };
  const expanded = tag?.replaceAll(
    /\{\{ *\.(\w+) *\}\}/gu,
    (template, field: string) => fields[field] ?? template,
  );
  if (expanded) details.set('tag', expanded);
  return [...details]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${escape(key)}=${escape(value)}`)
    .join(',');
}

function chosen(names: string, valueOf: (name: string) => string | undefined): [string, string][] {
  return names.split(',').flatMap((name): [string, string][] => {
    const value = valueOf(name);
    return value === undefined ? [] : [[name, value]];
  });
}

/** As Go escapes the words of a query. */
function escape(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1).replaceAll('*', '%2A').replaceAll('%7E', '~');
}
