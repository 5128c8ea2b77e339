import { DockerfileError, quoted } from './error.ts';
import type { RunMount } from './model.ts';

/** Value of one `--mount` of RUN: `type=cache,target=/root/.cache,sharing=locked`. Throws `DockerfileError`. */
export function parseMount(text: string): RunMount {
  const mount = new Map<string, string>();
  for (const field of csvFields(text)) {
    const at = field.indexOf('=');
    const written = (at === -1 ? field : field.slice(0, at)).toLowerCase();
    const key = ALIASES[written] ?? written;
    if (!KEYS.has(key)) throw new DockerfileError(`unexpected key '${written}' in '${field}'`);
    if (at === -1 && !FLAGS.has(key)) {
      throw new DockerfileError(`invalid field '${field}' must be a key=value pair`);
    }
    mount.set(key, at === -1 ? 'true' : field.slice(at + 1));
  }
  return mountOf(mount);
}

const ALIASES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};
const FLAGS = new Set(['readonly', 'readwrite', 'required']);
const KEYS = new Set([
  ...['type', 'from', 'source', 'target', 'id', 'sharing', 'mode', 'uid', 'gid', 'size', 'env'],
  ...FLAGS,
]);

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const SHARINGS = ['shared', 'private', 'locked'] as const;

function mountOf(given: ReadonlyMap<string, string>): RunMount {
  const type = oneOf(TYPES, 'mount type', given.get('type') ?? 'bind');
  const sharing = given.get('sharing');
  if (sharing !== undefined && type !== 'cache') {
    throw new DockerfileError(`invalid cache sharing set for ${type} mount`);
  }
  const text = (key: string): Record<string, string> => {
    const value = given.get(key);
    return value === undefined ? {} : { [key]: value };
  };
  const number = (key: string, base: number): Record<string, number> => {
    const value = given.get(key);
    return value === undefined ? {} : { [key]: numberOf(key, value, base) };
  };
  return {
    type,
    ...text('target'),
    ...text('source'),
    ...text('from'),
    ...text('id'),
    ...text('env'),
    ...(sharing !== undefined && { sharing: oneOf(SHARINGS, 'sharing value', sharing) }),
    readOnly: isReadOnly(given, type),
    required: truth('required', given.get('required') ?? 'false'),
    ...number('mode', 8),
    ...number('uid', 10),
    ...number('gid', 10),
    ...(given.has('size') && { size: bytesOf(given.get('size') ?? '') }),
  };
}

/** A cache and a tmpfs are there to be written to, the others are not unless asked for. */
function isReadOnly(given: ReadonlyMap<string, string>, type: RunMount['type']): boolean {
  const readOnly = given.get('readonly');
  const writable = given.get('readwrite');
  if (readOnly !== undefined) return truth('readonly', readOnly);
  if (writable !== undefined) return !truth('readwrite', writable);
  return type !== 'cache' && type !== 'tmpfs';
}

function oneOf<T extends string>(values: readonly T[], what: string, given: string): T {
  const found = values.find((value) => value === given.toLowerCase());
  if (found === undefined) throw new DockerfileError(`unsupported ${what} ${quoted(given)}`);
  return found;
}

/** The words that Go's `strconv.ParseBool` takes. */
function truth(key: string, value: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false;
  throw new DockerfileError(`invalid value for ${key}: ${value}`);
}

function numberOf(key: string, value: string, base: number): number {
  const digits = base === 8 ? /^[0-7]{1,10}$/u : /^\d{1,10}$/u;
  if (!digits.test(value)) {
    throw new DockerfileError(`invalid value ${value} for ${key}`);
  }
  return Number.parseInt(value, base);
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `64m`, `1GiB`, `500`: in powers of 1024. */
function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)(?:i?b)?$/iu.exec(text) ?? [];
  if (number === undefined) throw new DockerfileError(`invalid value for size: ${text}`);
  return Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? 1));
}

/** The fields of one line of CSV; a field in double quotes may hold commas, and quotes doubled. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  do {
    const quotedField = /"((?:[^"]|"")*)"(?=,|$)/uy;
    quotedField.lastIndex = at;
    const plain = /[^",]*(?=,|$)/uy;
    plain.lastIndex = at;
    const whole = quotedField.exec(line);
    const found = whole ?? plain.exec(line);
    if (!found)
      throw new DockerfileError(
        'failed to parse csv mounts: parse error on line 1: bare " in non-quoted-field',
      );
    fields.push(whole ? (whole[1] ?? '').replaceAll('""', '"') : found[0]);
    at += found[0].length + 1;
  } while (at <= line.length);
  return fields;
}
