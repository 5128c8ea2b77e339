import type { Config, ImageDetail } from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';
import type { CheckResult, Judge } from './judge.ts';
import { familiarName, missingImage, nameOfImage, quoted, shortId } from './names.ts';

export const imageExists: Judge<'image-exists'> = ({ image }, engine) =>
  withImage(image, engine, async ({ Id }) => pass(`Found \`${familiarName(image)}\` (${shortId(Id)}).`));

export const imageAbsent: Judge<'image-absent'> = async ({ image }, engine) =>
  (await engine.findImage(image))
    ? fail(`\`${familiarName(image)}\` is still there. \`docker image rm ${image}\` removes it.`)
    : pass(`There is no \`${familiarName(image)}\` any more.`);

export const imageHistory: Judge<'image-history'> = ({ image, comment, author, contains = [] }, engine) =>
  withImage(image, engine, async (found) => {
    const name = familiarName(image);
    const steps = contains.length === 0 ? [] : await engine.history(image);
    const absent = contains.find((part) => !steps.some(({ CreatedBy }) => CreatedBy.includes(part)));
    if (absent !== undefined) {
      return fail(
        `No step in the history of \`${name}\` has ${quoted(absent)} in it. \`docker history --no-trunc ${image}\` shows them.`,
      );
    }
    if (comment === undefined && author === undefined)
      return pass(`The history of \`${name}\` has ${contains.map(quoted).join(' and ')} in it.`);
    const missing = [
      wrongText(found.Comment, comment, 'message', '-m'),
      wrongText(found.Author, author, 'author', '-a'),
    ].filter((text) => text !== undefined);
    if (missing.length > 0) {
      return fail(`\`${name}\` is there, but ${missing.join(', and ')}. Commit again under the same name.`);
    }
    const parts = [
      comment === undefined ? undefined : `the message ${quoted(found.Comment ?? '')}`,
      author === undefined ? undefined : `the author ${quoted(found.Author ?? '')}`,
    ];
    return pass(`\`${name}\` carries ${parts.filter((part) => part !== undefined).join(' and ')}.`);
  });

function wrongText(
  found: string | null | undefined,
  wanted: string | true | undefined,
  what: string,
  flag: string,
): string | undefined {
  if (wanted === undefined) return undefined;
  const text = (found ?? '').trim();
  if (text === '') return `it has no ${what}: add one with \`${flag} "…"\``;
  if (wanted === true || text === wanted) return undefined;
  return `its ${what} is ${quoted(text)}, not ${quoted(wanted)}`;
}

export const imageMadeFrom: Judge<'image-made-from'> = ({ image, parent, addedLayers }, engine) =>
  withImage(image, engine, (found) =>
    withImage(parent, engine, async (base) => {
      const own = found.RootFS.Layers;
      const below = base.RootFS.Layers;
      const name = familiarName(image);
      const baseName = familiarName(parent);
      const shared = below.findIndex((layer, index) => own[index] !== layer);
      if (shared !== -1) {
        return fail(
          `\`${name}\` is there, but it was not made from \`${baseName}\`: its lowest layers are other ones. Which image does the container use that you committed?`,
        );
      }
      const added = own.length - below.length;
      if (addedLayers !== undefined && added !== addedLayers) {
        return fail(
          `\`${name}\` has ${layers(added)} on top of \`${baseName}\`, not ${layers(addedLayers)}.`,
        );
      }
      return pass(`\`${name}\` is \`${baseName}\` with ${layers(added)} on top.`);
    }),
  );

export function layers(count: number): string {
  if (count === 0) return 'no layer';
  return count === 1 ? 'one layer' : `${count} layers`;
}

export const imageConfig: Judge<'image-config'> = (check, engine) =>
  withImage(check.image, engine, async (found) => {
    const config = found.Config;
    const wrong = config ? firstDifference(check, config) : 'it has no configuration';
    return wrong === undefined
      ? pass(`${nameOfImage(found)} is configured as asked.`)
      : fail(
          `\`${familiarName(check.image)}\` is there, but ${wrong}. \`docker image inspect ${check.image}\` shows all of it.`,
        );
  });

type Wanted = Parameters<typeof imageConfig>[0];

function firstDifference(wanted: Wanted, config: Config): string | undefined {
  return (
    words('default command', wanted.cmd, config.Cmd) ??
    words('entrypoint', wanted.entrypoint, config.Entrypoint) ??
    word('working folder', wanted.workdir, config.WorkingDir) ??
    word('user', wanted.user, config.User) ??
    pairs('variable', wanted.env, variables(config.Env)) ??
    pairs('label', wanted.labels, config.Labels) ??
    ports(wanted.exposes, config)
  );
}

function words(
  what: string,
  wanted: readonly string[] | undefined,
  found: readonly string[],
): string | undefined {
  if (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(found)) return undefined;
  if (found.length === 0) return `it has no ${what}`;
  // `CMD greet` is a shell's line, `CMD ["greet"]` a program of its own: the commonest slip.
  const asShell = found.length === 3 && found[1] === '-c' && found[2] === wanted.join(' ');
  const shell = asShell ? ', that is: through a shell. Write it as a list in brackets' : '';
  return `its ${what} is ${quoted(JSON.stringify(found))}, not ${quoted(JSON.stringify(wanted))}${shell}`;
}

function word(
  what: string,
  wanted: string | undefined,
  found: string | null | undefined,
): string | undefined {
  if (wanted === undefined || wanted === (found ?? '')) return undefined;
  return found ? `its ${what} is ${quoted(found)}, not ${quoted(wanted)}` : `it has no ${what}`;
}

export function pairs(
  what: string,
  wanted: Readonly<Record<string, string>> = {},
  found: Readonly<Record<string, string>>,
): string | undefined {
  const [key] = Object.entries(wanted).find(([name, value]) => found[name] !== value) ?? [];
  if (key === undefined) return undefined;
  const value = found[key];
  return value === undefined
    ? `it has no ${what} \`${key}\``
    : `its ${what} \`${key}\` is ${quoted(value)}, not ${quoted(wanted[key] ?? '')}`;
}

function ports(wanted: readonly string[] = [], { ExposedPorts }: Config): string | undefined {
  const missing = wanted.find((port) => !(port in (ExposedPorts ?? {})));
  return missing === undefined ? undefined : `it does not expose the port \`${missing}\``;
}

export function variables(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
}

export async function withImage(
  reference: string,
  engine: EngineView,
  look: (image: ImageDetail) => Promise<CheckResult>,
): Promise<CheckResult> {
  const image = await engine.findImage(reference);
  return image ? look(image) : fail(await missingImage(reference, engine));
}

export function pass(message: string): CheckResult {
  return { passed: true, message };
}

export function fail(message: string): CheckResult {
  return { passed: false, message };
}
