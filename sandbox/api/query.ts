import { EngineError } from '../oci/errors.ts';

/** Docker's idea of a boolean: anything but these means true. */
export function flag(query: URLSearchParams, name: string, otherwise = false): boolean {
  const value = query.get(name);
  if (value === null) return otherwise;
  return !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
}

export type Filters = ReadonlyMap<string, readonly string[]>;

/** `?filters=` as JSON: `{"label": ["a=b"]}`, or `{"label": {"a=b": true}}` as clients before 1.22 send it. */
export function filtersOf(query: URLSearchParams, accepted: readonly string[]): Filters {
  const text = query.get('filters');
  if (text === null || text === '') return new Map();
  const filters = parseFilters(text);
  for (const name of filters.keys()) {
    if (!accepted.includes(name)) throw new EngineError('invalid', `Invalid filter '${name}'`);
  }
  return filters;
}

function parseFilters(text: string): Filters {
  try {
    const value = JSON.parse(text) as Record<string, string[] | Record<string, boolean>>;
    const entries = Object.entries(value).map(([name, values]): [string, string[]] => [
      name,
      Array.isArray(values) ? values.map(String) : Object.keys(values),
    ]);
    return new Map(entries);
  } catch {
    throw new EngineError('invalid', `invalid character '${text[0] ?? ''}' looking for beginning of value`);
  }
}

/** A whole number of the query; undefined when absent or empty. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^[+-]?\d+$/.test(value)) {
    throw new EngineError('invalid', `strconv.Atoi: parsing "${value}": invalid syntax`);
  }
  return Number(value);
}
