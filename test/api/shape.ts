import { isDeepStrictEqual } from 'node:util';

import type { Answer } from './http.ts';

/** What must be the same in both engines' answers to one call. */
export interface Outline {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Headers that clients read; `Server` names another engine and another version. */
const HEADERS = [
  'api-version', 'cache-control', 'content-type', 'docker-experimental', 'ostype', 'pragma', 'upgrade',
]; // prettier-ignore

export interface OutlineOptions {
  /** Compare the values themselves, not just which keys of which types there are. */
  readonly exact?: true | undefined;
}

/** Errors word for word, anything else as keys and types; what is random is masked. */
export function outline({ status, headers, body }: Answer, { exact }: OutlineOptions): Outline {
  const text = body.toString('latin1');
  return {
    status,
    headers: Object.fromEntries(HEADERS.map((name) => [name, headers[name] ?? null])),
    body: parse(text, (value) => (exact || status >= 400 ? masked(value) : shapeOf(value))),
  };
}

function parse(text: string, describe: (value: unknown) => unknown): unknown {
  try {
    return text === '' ? '' : describe(JSON.parse(text));
  } catch {
    return mask(text);
  }
}

/** The types of what is in a value: lists by their different members. */
export function shapeOf(value: unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value))
    return [...new Set(value.map((each) => JSON.stringify(shapeOf(each))))].toSorted();
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [mask(key), shapeOf(each)]));
}

function masked(value: unknown): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [mask(key), key === 'Pid' ? typeof each : masked(each)]),
  );
}

function mask(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<id>')
    .replaceAll(/\b(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b/g, '<short id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, '<time>');
}

/** `dockerd` blames itself (500) for much that is the client's fault: see `bad-request` in docs/differences.md. */
export function agrees(real: Outline, ours: Outline): boolean {
  const status = real.status === 500 && ours.status === 400 ? 400 : real.status;
  return isDeepStrictEqual(ours, { ...real, status });
}
