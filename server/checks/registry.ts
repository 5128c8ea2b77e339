import type { EngineView } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { CheckResult, Judge } from './judge.ts';
import { missingImage, quoted } from './names.ts';

type Wanted = Parameters<typeof registryTag>[0];

export const registryTag: Judge<'registry-tag'> = (check, engine) =>
  check.registry === 'hub' ? onHub(check, engine) : inMachine(check, engine);

async function onHub(check: Wanted, engine: EngineView): Promise<CheckResult> {
  const { repository, tag, present } = check;
  const own = engine.hub(repository);
  const what = tag === undefined ? `\`${repository}\`` : `\`${repository}:${tag}\``;
  const found = own.find(({ tags }) => (tag === undefined ? tags.size > 0 : tags.has(tag)));
  if (!present)
    return found
      ? fail(`${quoted(found.name)} is still on the hub.`)
      : pass(`There is no ${what} of yours on the hub.`);
  if (!found) {
    const [other] = own.flatMap(({ name, tags }) => [...tags.keys()].map((one) => `${name}:${one}`));
    return fail(
      other === undefined
        ? `There is no ${what} in a name of yours on the hub yet. It is pushed as \`NAME/${repository}${tag === undefined ? '' : `:${tag}`}\`, after \`docker login\`.`
        : `${quoted(other)} is on the hub, but no ${what} of yours.`,
    );
  }
  const digest = tag === undefined ? undefined : found.tags.get(tag)?.digest;
  return sameAs(check, { digest, name: `${found.name}${tag === undefined ? '' : `:${tag}`}` }, engine);
}

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** A registry that the learner runs, asked as any client does. */
async function inMachine(check: Wanted, engine: EngineView): Promise<CheckResult> {
  const { registry, repository, tag, present } = check;
  const port = Number(registry.split(':')[1]);
  const name = `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}`;
  const path = `/v2/${repository}/${tag === undefined ? 'tags/list' : `manifests/${tag}`}`;
  const answer = await engine.fetch(port, path, { accept: MANIFESTS });
  if (!answer)
    return fail(
      `No registry answers at \`${registry}\` yet. \`docker ps\` shows whether it runs and publishes the port.`,
    );
  // Anything else says nothing of what it has: it wants a login, or has a trouble of its own.
  if (answer.status !== 200 && answer.status !== 404)
    return fail(
      `The registry at \`${registry}\` answers with status ${answer.status}. \`docker logs\` of its container says why.`,
    );
  const found = answer.status === 200;
  if (!present)
    return found
      ? fail(`\`${name}\` is still in the registry.`)
      : pass(`There is no \`${name}\` in the registry.`);
  if (!found) return fail(await whyMissing(check, port, engine));
  const digest = answer.headers['docker-content-digest'];
  return sameAs(check, { digest: typeof digest === 'string' ? digest : undefined, name }, engine);
}

async function whyMissing(
  { registry, repository, tag }: Wanted,
  port: number,
  engine: EngineView,
): Promise<string> {
  const tags = await engine.fetch(port, `/v2/${repository}/tags/list`);
  const known = tags?.status === 200 ? tagNames(tags.body) : [];
  if (known.length > 0)
    return `The registry has ${quoted(`${repository}:${known[0] ?? ''}`)}, but no \`${repository}:${tag ?? ''}\`.`;
  return `The registry at \`${registry}\` has no \`${repository}\` yet. \`docker tag\` gives an image the name \`${registry}/${repository}:${tag ?? 'TAG'}\`, \`docker push\` sends it.`;
}

function tagNames(body: string): string[] {
  try {
    const parsed = JSON.parse(body) as { tags?: unknown };
    return Array.isArray(parsed.tags) ? parsed.tags.filter((tag) => typeof tag === 'string') : [];
  } catch {
    return [];
  }
}

/** Whether the tag stands for what the machine knows its image as: an engine notes the digest when it pushes or pulls. */
async function sameAs(
  check: Wanted,
  { digest, name }: { readonly digest: string | undefined; readonly name: string },
  engine: EngineView,
): Promise<CheckResult> {
  const reference = check['same-as'];
  if (reference === undefined) return pass(`Found ${quoted(name)}.`);
  const image = await engine.findImage(reference);
  if (!image) return fail(await missingImage(reference, engine));
  return digest !== undefined && (image.RepoDigests ?? []).some((known) => known.endsWith(`@${digest}`))
    ? pass(`${quoted(name)} is \`${reference}\`.`)
    : fail(`${quoted(name)} is there, but it is not \`${reference}\` as it is now: push it again.`);
}
