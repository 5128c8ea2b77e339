import { bytesOf } from '../../lessons/check-values.ts';
import { fail, layers, pass, withImage } from './images.ts';
import type { Judge } from './judge.ts';
import { familiarName, shortId } from './names.ts';

export const imageLayers: Judge<'image-layers'> = ({ image, ...wanted }, engine) =>
  withImage(image, engine, async ({ RootFS }) => {
    const has = RootFS.Layers.length;
    const name = familiarName(image);
    const wrong = wrongCount(has, wanted);
    return wrong === undefined
      ? pass(`\`${name}\` has ${layers(has)}.`)
      : fail(
          `\`${name}\` has ${layers(has)}; the task asks for ${wrong}. \`docker history ${image}\` shows them.`,
        );
  });

export const sharedLayers: Judge<'shared-layers'> = (check, engine) =>
  withImage(check.image, engine, (one) =>
    withImage(check.with, engine, async (other) => {
      const theirs = new Set(other.RootFS.Layers);
      const shared = one.RootFS.Layers.filter((layer) => theirs.has(layer)).length;
      const names = `\`${familiarName(check.image)}\` and \`${familiarName(check.with)}\``;
      const wrong = wrongCount(shared, check);
      return wrong === undefined
        ? pass(`${names} share ${layers(shared)}.`)
        : fail(`${names} share ${layers(shared)}; the task asks for ${wrong}.`);
    }),
  );

export const imageSize: Judge<'image-size'> = (check, engine) =>
  withImage(check.image, engine, async ({ Size }) => {
    const name = familiarName(check.image);
    const bytes = Size ?? 0;
    const { under, over } = check;
    if (under !== undefined && bytes >= bytesOf(under, 1000))
      return fail(
        `\`${name}\` has ${printedSize(bytes)}; the task asks for less than ${under}. \`docker history ${check.image}\` shows where they are.`,
      );
    if (over !== undefined && bytes <= bytesOf(over, 1000))
      return fail(`\`${name}\` has only ${printedSize(bytes)}; the task asks for more than ${over}.`);
    const than = check['smaller-than'];
    if (than === undefined) return pass(`\`${name}\` has ${printedSize(bytes)}.`);
    return withImage(than, engine, async (other) => {
      const sizes = `\`${name}\` has ${printedSize(bytes)}, \`${familiarName(than)}\` ${printedSize(other.Size ?? 0)}`;
      return bytes < (other.Size ?? 0) ? pass(`${sizes}.`) : fail(`${sizes}: it should be the smaller one.`);
    });
  });

export const sameImage: Judge<'same-image'> = ({ images: [first, second] }, engine) =>
  withImage(first, engine, (one) =>
    withImage(second, engine, async (other) => {
      const [a, b] = [familiarName(first), familiarName(second)];
      return one.Id === other.Id
        ? pass(`\`${a}\` and \`${b}\` are one image, ${shortId(one.Id)}.`)
        : fail(
            `\`${a}\` is ${shortId(one.Id)}, \`${b}\` is ${shortId(other.Id)}: two images. \`docker tag ${first} ${second}\` makes the second name stand for the first image.`,
          );
    }),
  );

export const danglingImages: Judge<'dangling-images'> = async (wanted, engine) => {
  const images = await engine.images();
  const parents = new Set(images.map(({ ParentId }) => ParentId));
  const dangling = images.filter(
    // One with a digest alone has no tags at all, and is not dangling.
    ({ Id, RepoTags }) => RepoTags[0] === '<none>:<none>' && !parents.has(Id),
  );
  const has =
    dangling.length === 0
      ? 'no dangling image'
      : dangling.length === 1
        ? 'one dangling image'
        : `${dangling.length} dangling images`;
  const wrong = wrongCount(dangling.length, wanted);
  return wrong === undefined
    ? pass(`There is ${has}.`.replace(/There is (\d)/, 'There are $1'))
    : fail(
        `There is ${has}; the task asks for ${wrong}. \`docker images -f dangling=true\` shows them.`.replace(
          /There is (\d)/,
          'There are $1',
        ),
      );
};

interface Range {
  readonly count?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** What was asked for, when `has` is not that. */
function wrongCount(has: number, { count, min, max }: Range): string | undefined {
  if (count !== undefined && has !== count) return String(count);
  if (min !== undefined && has < min) return `at least ${min}`;
  if (max !== undefined && has > max) return `at most ${max}`;
  return undefined;
}

/** As Docker prints sizes: three digits, and 1 MB is 1,000,000 bytes. */
export function printedSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${Number((bytes / 1000 ** unit).toPrecision(3))} ${units[unit] ?? 'B'}`;
}
