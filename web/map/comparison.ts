import type { MapImage, MapLayer } from '../../server/protocol.ts';

/** Two images beside each other. */
export interface Comparison {
  /** Stand in both at the same place, on the same layers: they are kept once. */
  readonly shared: readonly MapLayer[];
  readonly onlyFirst: readonly MapLayer[];
  readonly onlySecond: readonly MapLayer[];
}

export function compareLayers(
  first: MapImage,
  second: MapImage,
  layers: ReadonlyMap<string, MapLayer>,
): Comparison {
  const [one, other] = [new Set(first.layers), new Set(second.layers)];
  const pick = (ids: readonly string[], wanted: (id: string) => boolean) =>
    ids.filter(wanted).flatMap((id) => layers.get(id) ?? []);
  return {
    shared: pick(first.layers, (id) => other.has(id)),
    onlyFirst: pick(first.layers, (id) => !other.has(id)),
    onlySecond: pick(second.layers, (id) => !one.has(id)),
  };
}

/** A setting that differs; null where one of them does not have it. */
export interface Difference {
  readonly key: string;
  readonly first: string | null;
  readonly second: string | null;
}

/** What a container of each would get, where it is not the same. Both are configurations as stored, as JSON. */
export function compareConfigs(first: string, second: string): readonly Difference[] {
  const [one, other] = [settingsOf(first), settingsOf(second)];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((key): Difference[] => {
    const [a, b] = [one.get(key) ?? null, other.get(key) ?? null];
    return a === b ? [] : [{ key, first: a, second: b }];
  });
}

/** `architecture`, `os`, and each part of `config`; variables one by one. */
function settingsOf(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  const whole = parse(text);
  for (const key of ['architecture', 'os', 'author']) {
    if (typeof whole[key] === 'string') settings.set(key, whole[key]);
  }
  const config = isObject(whole.config) ? whole.config : {};
  for (const [key, value] of Object.entries(config)) {
    if (key === 'Image' || key === 'Hostname' || isEmpty(value)) continue;
    if (key === 'Env' && Array.isArray(value)) {
      for (const line of value.map(String)) {
        const at = line.indexOf('=');
        settings.set(`Env ${line.slice(0, at)}`, line.slice(at + 1));
      }
    } else settings.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return settings;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    // It was cut: too long to be compared.
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
