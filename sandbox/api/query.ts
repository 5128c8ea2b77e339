import { EngineError } from '../oci/errors.ts';
import { asInvalid, isObject } from './body.ts';
import { JsonTypeError, parseFirst } from './json/decode.ts';
import { endOfFirstValue } from './json/syntax.ts';

/** Docker's idea of a boolean: anything but these means true. */
export function flag(query: URLSearchParams, name: string, otherwise = false): boolean {
  const value = query.get(name);
  if (value === null) return otherwise;
  return !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
}

export type Filters = ReadonlyMap<string, readonly string[]>;

/** `?filters=` as JSON: `{"label": ["a=b"]}`, or `{"label": {"a=b": true}}` as clients before 1.22 send it. */
export function filtersOf(query: URLSearchParams, accepted?: readonly string[]): Filters {
  const text = query.get('filters');
  if (text === null || text === '') return new Map();
  const filters = asInvalid(() => parseFilters(text));
  for (const name of filters.keys()) {
    if (accepted && !accepted.includes(name)) throw new EngineError('invalid', `Invalid filter '${name}'`);
  }
  return filters;
}

function parseFilters(text: string): Filters {
  const value = parseWhole(text);
  if (value === null) return new Map();
  if (!isObject(value)) throw unreadable(value, 'map[string]map[string]bool');
  return new Map(Object.entries(value).map(([name, values]) => [name, valuesOf(values)]));
}

/** Unlike a body, a filter ends where its JSON ends. */
function parseWhole(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const rest = text.slice(endOfWhole(text)).trim();
    if (rest === '') return parseFirst(text);
    throw new EngineError('invalid', `invalid character '${rest.charAt(0)}' after top-level value`);
  }
}

function endOfWhole(text: string): number {
  try {
    return endOfFirstValue(text);
  } catch (error) {
    // A whole text is cut short where a stream would have an end.
    const cut = error instanceof Error && error.message.endsWith('EOF');
    throw cut ? new EngineError('invalid', 'unexpected end of JSON input') : error;
  }
}

/** Null is the empty value of what it stands for, as in Go. */
function valuesOf(values: unknown): string[] {
  if (values === null) return [];
  if (Array.isArray(values)) {
    const words: unknown[] = values.map((each: unknown) => each ?? '');
    if (words.every((each) => typeof each === 'string')) return words;
  }
  if (!isObject(values)) throw unreadable(values, 'map[string]bool');
  const other = Object.values(values).find((each) => each !== null && typeof each !== 'boolean');
  if (other !== undefined) throw unreadable(other, 'bool');
  return Object.keys(values);
}

function unreadable(value: unknown, type: string): JsonTypeError {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return new JsonTypeError(`json: cannot unmarshal ${found} into Go value of type ${type}`);
}

/** A whole number of the query; undefined when absent or empty. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  return value === null || value === '' ? undefined : parseInteger(value);
}

export function parseInteger(value: string): number {
  const problem = /^[+-]?\d+$/.test(value)
    ? BigInt.asIntN(64, toBigInt(value)) !== toBigInt(value) && 'value out of range'
    : 'invalid syntax';
  if (problem !== false) {
    throw new EngineError('invalid', `strconv.Atoi: parsing ${JSON.stringify(value)}: ${problem}`);
  }
  return Number(value);
}

/** JavaScript knows no plus before a big integer. */
function toBigInt(digits: string): bigint {
  return BigInt(digits.replace('+', ''));
}
