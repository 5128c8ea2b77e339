import { endOfFirstValue } from './syntax.ts';
import type { Struct, Type } from './types.ts';
import { nameOf, string } from './types.ts';

/** A value that is of another type than the daemon's field, in the words of Go's decoder. */
export class JsonTypeError extends Error {
  override readonly name = 'JsonTypeError';
}

/** The first JSON value of `text`: what stands behind it is not looked at. Throws JsonSyntaxError. */
export function parseFirst(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return JSON.parse(text.slice(0, endOfFirstValue(text))) as unknown;
  }
}

type Fields = Record<string, unknown>;

/**
 * `value` as Go's decoder fills a struct with it: keys in any case, unknown ones left out, and null as if it were not
 * there. Throws JsonTypeError for the first value that does not fit.
 */
export function decode(value: unknown, type: Struct): Readonly<Fields> {
  if (value === null) return {};
  if (!isObject(value)) throw mismatch(describe(value), type, { struct: '', keys: [] });
  return decodeStruct(value, type, { struct: '', keys: [] });
}

/** Where a value stands: the struct around it, and the keys that lead there from the top. */
interface Place {
  readonly struct: string;
  readonly keys: readonly string[];
}

function decodeStruct(value: Fields, type: Struct, { keys }: Place): Fields {
  const decoded: Fields = {};
  const struct = type.name.slice(type.name.indexOf('.') + 1);
  for (const [key, each] of Object.entries(value)) {
    const field = fieldOf(type, key);
    if (field === undefined || each === null) continue;
    decoded[field[0]] = decodeValue(each, field[1], { struct, keys: [...keys, field[0]] });
  }
  return decoded;
}

function fieldOf({ fields }: Struct, key: string): [string, Type] | undefined {
  const exact = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (exact !== undefined) return [key, exact];
  return Object.entries(fields).find(([name]) => name.toLowerCase() === key.toLowerCase());
}

function decodeValue(value: unknown, type: Type, place: Place): unknown {
  switch (type.kind) {
    case 'any':
      return value;
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'integer':
      if (typeof value !== 'number') break;
      if (!isBetween(value, type)) throw mismatch(`number ${value}`, type, place);
      return value;
    case 'words':
      if (typeof value === 'string') return [value];
      if (isWords(value)) return value.map((each) => each ?? '');
      throw mismatch(describe(value), string, place);
    case 'list':
      if (Array.isArray(value)) return value.map((each) => decodeElement(each, type.each, place));
      break;
    case 'map':
      if (isObject(value)) return decodeMap(value, type.each, place);
      break;
    case 'struct':
      if (isObject(value)) return decodeStruct(value, type, place);
  }
  throw mismatch(describe(value), type, place);
}

function decodeMap(value: Fields, each: Type, place: Place): Fields {
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, decodeElement(one, each, place)]),
  );
}

/** Null in a list or a map is the empty value of its type, or none where that can be told apart. */
function decodeElement(value: unknown, type: Type, place: Place): unknown {
  if (value !== null) return decodeValue(value, type, place);
  if (type.kind === 'string') return '';
  if (type.kind === 'bool') return false;
  return type.kind === 'integer' ? 0 : null;
}

function isWords(value: unknown): value is readonly (string | null)[] {
  return Array.isArray(value) && value.every((each) => each === null || typeof each === 'string');
}

function isBetween(
  value: number,
  { least, most }: { readonly least: bigint; readonly most: bigint },
): boolean {
  return Number.isInteger(value) && BigInt(value) >= least && BigInt(value) <= most;
}

function mismatch(found: string, type: Type, { struct, keys }: Place): JsonTypeError {
  const where = keys.length === 0 ? 'value' : `struct field ${struct}.${keys.join('.')}`;
  return new JsonTypeError(`json: cannot unmarshal ${found} into Go ${where} of type ${nameOf(type)}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
