import { distance } from '../../lessons/problems.ts';
import type { ImageDetail, ImageSummary } from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';

/** `debian` → `debian:latest`, `docker.io/library/debian` → `debian:latest`: the name as `docker images` prints it. */
export function familiarName(reference: string): string {
  const short = reference.replace(/^(?:docker\.io|index\.docker\.io)\//, '').replace(/^library\//, '');
  return /[:@]/.test(short.slice(short.lastIndexOf('/') + 1)) ? short : `${short}:latest`;
}

const ID = /^(?:sha256:)?[0-9a-f]{12,64}$/;

/** Whether the engine found an image by its name or whole id: `cafe` is also what the id of another one may begin with. */
export function isCalled({ RepoTags }: Pick<ImageDetail, 'RepoTags'>, reference: string): boolean {
  return reference.includes('@') || ID.test(reference) || RepoTags.includes(familiarName(reference));
}

/** `registry/name` of `registry/name:tag`. */
export function repositoryOf(reference: string): string {
  return familiarName(reference).replace(/[:@][^/]*$/, '');
}

const SHORT_ID = 12;

export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, SHORT_ID);
}

/** Text of the engine inside a sentence of ours: one line, not too long, no backticks. */
export function quoted(text: string): string {
  const line = text.replace(/[\s`]+/g, ' ').trim();
  return `\`${line.length > 80 ? `${line.slice(0, 79)}…` : line}\``;
}

export function isSlipOf(name: string, wanted: string): boolean {
  return distance(name, wanted) <= (wanted.length <= 4 ? 1 : 2);
}

/** Why there is no image of this name: the likeliest slip, told with the way out. */
export async function missingImage(reference: string, engine: EngineView): Promise<string> {
  const images = await engine.images();
  const tags = images
    .flatMap(({ RepoTags }) => RepoTags)
    .filter((tag) => tag !== '<none>:<none>' && !engine.isExpected(tag));
  const wanted = familiarName(reference);
  const sameRepository = tags.find((tag) => repositoryOf(tag) === repositoryOf(wanted));
  if (sameRepository !== undefined) {
    return `There is ${quoted(sameRepository)}, but not \`${wanted}\`: the tag differs. \`docker tag ${sameRepository} ${wanted}\` gives the same image this name, too.`;
  }
  const slip = tags.find((tag) => isSlipOf(repositoryOf(tag), repositoryOf(wanted)));
  if (slip !== undefined) {
    return `There is ${quoted(slip)}, but not \`${wanted}\`: the name differs a little. \`docker tag ${slip} ${wanted}\` gives it this name.`;
  }
  const nameless = images.find(isNameless);
  if (nameless) {
    const id = shortId(nameless.Id);
    return `There is no image \`${wanted}\`, but one without a name: \`${id}\`. If you mean that one, \`docker tag ${id} ${wanted}\` names it.`;
  }
  return `There is no image \`${wanted}\` yet. \`docker image ls\` shows the images of this machine.`;
}

function isNameless({ RepoTags }: ImageSummary): boolean {
  return RepoTags.every((tag) => tag === '<none>:<none>');
}

/** What an image is called in a sentence. */
export function nameOfImage({ RepoTags, Id }: Pick<ImageDetail, 'RepoTags' | 'Id'>): string {
  return quoted(RepoTags[0] ?? shortId(Id));
}
