import { DockerfileError } from './error.ts';

/** How a flag is written: `--link[=true|false]`, `--chown=…`, `--mount=…` any number of times. */
export type FlagKind = 'boolean' | 'text' | 'texts';

export type FlagsOf<K extends Readonly<Record<string, FlagKind>>> = {
  readonly [N in keyof K]?: K[N] extends 'boolean'
    ? boolean
    : K[N] extends 'text'
      ? string
      : readonly string[];
};

/** Values of the flags that were given. Throws `DockerfileError` for any other than those of `kinds`. */
export function readFlags<K extends Readonly<Record<string, FlagKind>>>(
  written: readonly string[],
  kinds: K,
): FlagsOf<K> {
  const found = new Map<string, boolean | string | string[]>();
  for (const flag of written) {
    const { name, value } = split(flag);
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw new DockerfileError(`Unknown flag: ${name}`);
    const before = found.get(name);
    if (before !== undefined && kind !== 'texts')
      throw new DockerfileError(`Duplicate flag specified: ${name}`);
    if (kind === 'boolean') found.set(name, truth(name, value));
    else if (value === undefined) throw new DockerfileError(`Missing a value on flag: ${name}`);
    else found.set(name, Array.isArray(before) ? [...before, value] : kind === 'text' ? value : [value]);
  }
  return Object.fromEntries(found) as FlagsOf<K>;
}

function split(flag: string): { name: string; value?: string } {
  const at = flag.indexOf('=');
  return at === -1 ? { name: flag.slice(2) } : { name: flag.slice(2, at), value: flag.slice(at + 1) };
}

function truth(name: string, value: string | undefined): boolean {
  if (value === '') throw new DockerfileError(`Missing a value on flag: ${name}`);
  const lower = value?.toLowerCase() ?? 'true';
  if (lower !== 'true' && lower !== 'false') {
    throw new DockerfileError(`Expecting boolean value for flag ${name}, not: ${value}`);
  }
  return lower === 'true';
}
