import { isDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import { EngineError } from './errors.ts';

/** Name of an image with everything that Docker leaves out put back: `debian` is `docker.io/library/debian`. */
export interface Reference {
  readonly domain: string;
  /** `library/debian`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export const DEFAULT_TAG = 'latest';
const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DOMAIN = 'index.docker.io';
const OFFICIAL = 'library';
const NAME_LIMIT = 255;

const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `${DOMAIN_PART}(?:\\.${DOMAIN_PART})*(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATH = `${PATH_PART}(?:/${PATH_PART})*`;
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

const REFERENCE = new RegExp(`^(?:(${DOMAIN})/)?(${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const WHOLE_TAG = new RegExp(`^${TAG}$`);
const WHOLE_ID = /^[a-f0-9]{64}$/;

/** What a user types where a name is wanted. Throws `EngineError('invalid')` in Docker's words. */
export function parseReference(text: string): Reference {
  if (WHOLE_ID.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const { domain, rest } = splitDomain(text);
  const name = rest.includes(':') ? rest.slice(0, rest.indexOf(':')) : rest;
  if (name.toLowerCase() !== name) {
    throw invalid('invalid reference format: repository name must be lowercase');
  }
  const found = REFERENCE.exec(`${domain}/${rest}`);
  if (!found) throw invalid('invalid reference format');
  return build(domain, pathOf(found, domain), found[3], found[4]);
}

/** What looks like a domain and is none by its grammar (`a_b.example/tool`) has been taken for a part of the path. */
function pathOf([, host, path = '']: RegExpExecArray, domain: string): string {
  return host === undefined ? path.slice(domain.length + 1) : path;
}

/** As `parseReference`, and also a whole id, with or without `sha256:`, as a bare digest. */
export function parseAnyReference(text: string): Reference | Digest {
  if (WHOLE_ID.test(text)) return `sha256:${text}` as Digest;
  if (isDigest(text)) return text;
  return parseReference(text);
}

export function withTag(reference: Reference, tag: string): Reference {
  if (!WHOLE_TAG.test(tag)) throw invalid('invalid tag format');
  return { ...reference, tag };
}

export function withDefaultTag(reference: Reference): Reference {
  return reference.tag !== undefined || reference.digest !== undefined
    ? reference
    : { ...reference, tag: DEFAULT_TAG };
}

export function withDigest(reference: Reference, digest: Digest): Reference {
  return { domain: reference.domain, path: reference.path, digest };
}

/** `docker.io/library/debian:latest`. */
export function fullReference(reference: Reference): string {
  return fullName(reference) + suffixOf(reference);
}

/** `docker.io/library/debian`. */
export function fullName(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/** As Docker shows it: `debian:latest`. */
export function familiarReference(reference: Reference): string {
  return familiarName(reference) + suffixOf(reference);
}

/** `debian`. */
export function familiarName({ domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${path}`;
  const [first, second, ...more] = path.split('/');
  return first === OFFICIAL && second !== undefined && more.length === 0 ? second : path;
}

function suffixOf({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isDomain = slash !== -1 && (/[.:]/.test(first) || first === 'localhost');
  const domain = isDomain && first !== LEGACY_DOMAIN ? first : DEFAULT_DOMAIN;
  const rest = isDomain ? text.slice(slash + 1) : text;
  if (domain === DEFAULT_DOMAIN && !rest.includes('/')) return { domain, rest: `${OFFICIAL}/${rest}` };
  return { domain, rest };
}

function build(domain: string, path: string, tag?: string, digest?: string): Reference {
  if (domain.length + 1 + path.length > NAME_LIMIT) {
    throw invalid(`repository name must not be more than ${NAME_LIMIT} characters`);
  }
  return {
    domain,
    path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest: checked(digest) }),
  };
}

function checked(digest: string): Digest {
  if (isDigest(digest)) return digest;
  throw invalid(
    digest.startsWith('sha256:') ? 'invalid checksum digest length' : 'unsupported digest algorithm',
  );
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message);
}
