import { isRepositoryName, namespaceOf } from '../../sandbox/registry/store/names.ts';

/** What Docker calls the hub's notary, and asks for tokens. */
export const NOTARY_HOST = 'notary.docker.io';
export const TOKEN_HOST = 'auth.docker.io';

/** Longer ones find no room in Notary's database. */
const NAME_MAX = 255;

/**
 * What is signed has a name that says which registry it is in, such as `docker.io/anna/tool` (Notary calls it the
 * "globally unique name"). Of the hub's, under any of its `prefixes`, the part that the hub knows; undefined for others.
 */
export function repositoryOf(name: string, prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find((each) => name.startsWith(each));
  if (prefix === undefined || name.length > NAME_MAX) return undefined;
  const repository = name.slice(prefix.length);
  return repository.includes('/') && isRepositoryName(repository) ? repository : undefined;
}

/** Whose it is to sign. */
export function signerOf(name: string, prefixes: readonly string[]): string | undefined {
  const repository = repositoryOf(name, prefixes);
  return repository === undefined ? undefined : namespaceOf(repository);
}

export interface TrustPath {
  /** The signed repository, as it came. */
  readonly name: string;
  readonly kind: 'update' | 'metadata' | 'key';
  /** What follows, such as `root.json`; empty for an update. */
  readonly file: string;
}

const PATH = /^\/v2\/(?<name>[a-z0-9._/-]+)\/_trust\/tuf\/(?<rest>[A-Za-z0-9._/-]*)$/;
const METADATA =
  /^(?:\d{1,9}\.)?(?:root|snapshot|timestamp|targets(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,8})(?:\.[0-9a-f]{64})?\.json$/;
const KEY = /^(?:snapshot|timestamp)\.key$/;

/** Reads a path of Notary's API (its server/handlers); undefined for what is none, or nobody's business here. */
export function parseTrustPath(path: string): TrustPath | undefined {
  const { name, rest } = PATH.exec(path)?.groups ?? {};
  if (name === undefined || rest === undefined) return undefined;
  if (rest === '') return { name, kind: 'update', file: rest };
  if (METADATA.test(rest)) return { name, kind: 'metadata', file: rest };
  return KEY.test(rest) ? { name, kind: 'key', file: rest } : undefined;
}
