import { EngineError } from '../../oci/errors.ts';
import type { ErrorKind } from '../../oci/errors.ts';
import { jsonErrorOf } from './go-json.ts';

/** What a registry, or the way to it, did wrong; the message is in the real daemon's words. */
export class RegistryError extends EngineError {
  /** Code of the distribution specification (section "Error Codes"), such as `MANIFEST_UNKNOWN`. */
  readonly code: string | undefined;
  /** Whether the same request may work in a while. */
  readonly transient: boolean;
  /** The registry named the code and said no more. */
  readonly bare: boolean;
  /** Of several errors in one answer. */
  readonly first: RegistryError | undefined;
  constructor(message: string, options: RegistryErrorOptions = {}) {
    super(options.kind ?? 'internal', message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = options.code;
    this.transient = options.transient ?? false;
    this.bare = options.bare ?? false;
    this.first = options.first;
  }
}

interface RegistryErrorOptions {
  readonly code?: string;
  readonly transient?: boolean;
  readonly bare?: boolean;
  readonly first?: RegistryError | undefined;
  readonly kind?: ErrorKind;
  readonly cause?: unknown;
}

/** No answer came, or it broke off. */
export class TransportError extends RegistryError {
  /** What happened, without the address it happened at. */
  readonly reason: string;
  constructor(reason: string, options: RegistryErrorOptions & { readonly doing?: string } = {}) {
    super(options.doing === undefined ? reason : `${options.doing}: ${reason}`, {
      transient: true,
      ...options,
    });
    this.reason = reason;
  }
}

/** The registry has no such blob. */
export class BlobUnknown extends RegistryError {
  constructor() {
    super('unknown blob', { code: 'BLOB_UNKNOWN' });
  }
}

export class NoCredentials extends RegistryError {
  constructor() {
    super('no basic auth credentials', { code: 'UNAUTHORIZED' });
  }
}

/** Codes that say "no" for good. */
const FINAL = new Set(['UNAUTHORIZED', 'UNSUPPORTED', 'DENIED', 'TOOMANYREQUESTS', 'NAME_UNKNOWN']);

/** The codes that are told apart, each with the words that stand for it alone; any other is UNKNOWN. */
const CODES: Readonly<Record<string, string>> = {
  UNKNOWN: 'unknown error',
  UNSUPPORTED: 'The operation is unsupported.',
  UNAUTHORIZED: 'authentication required',
  DENIED: 'requested access to the resource is denied',
  UNAVAILABLE: 'service unavailable',
  TOOMANYREQUESTS: 'too many requests',
  DIGEST_INVALID: 'provided digest did not match uploaded content',
  SIZE_INVALID: 'provided length did not match content length',
  NAME_INVALID: 'invalid repository name',
  TAG_INVALID: 'manifest tag did not match URI',
  NAME_UNKNOWN: 'repository name not known to registry',
  MANIFEST_UNKNOWN: 'manifest unknown',
  MANIFEST_INVALID: 'manifest invalid',
  MANIFEST_UNVERIFIED: 'manifest failed signature verification',
  MANIFEST_BLOB_UNKNOWN: 'blob unknown to registry',
  BLOB_UNKNOWN: 'blob unknown to registry',
  BLOB_UPLOAD_UNKNOWN: 'blob upload unknown to registry',
  BLOB_UPLOAD_INVALID: 'blob upload invalid',
  PAGINATION_NUMBER_INVALID: 'invalid number of results requested',
};

/** What of an answer tells the error. */
export interface ErrorAnswer {
  readonly status: number;
  /** `500 Internal Server Error`. */
  readonly statusLine: string;
  readonly body: string;
  /** Parameters of a bearer challenge, when there is one. */
  readonly bearer?: ReadonlyMap<string, string> | undefined;
}

/** The error that a failed answer stands for. */
export function errorOf({ status, statusLine, body, bearer }: ErrorAnswer): RegistryError {
  if (status < 400 || status >= 500) {
    return new RegistryError(`received unexpected HTTP status: ${statusLine}`, { transient: true });
  }
  const told = bearerError(bearer);
  const listed = parseErrors(status, body);
  if (!told) return listed;
  return listed.code === undefined ? told : joined([told, listed]);
}

/** An error that travels in the challenge (RFC 6750, section 3.1). */
function bearerError(bearer: ReadonlyMap<string, string> | undefined): RegistryError | undefined {
  const kind = bearer?.get('error');
  if (kind !== 'invalid_token' && kind !== 'insufficient_scope') return undefined;
  const code = kind === 'invalid_token' ? 'UNAUTHORIZED' : 'DENIED';
  return coded(code, bearer?.get('error_description') ?? CODES[code] ?? '');
}

function parseErrors(status: number, body: string): RegistryError {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    if (status === 401) return coded('UNAUTHORIZED', 'authentication required');
    return unreadable(status, jsonErrorOf(body), body, cause);
  }
  const { details, errors } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly details?: unknown;
    readonly errors?: unknown;
  };
  if (typeof details === 'string' && details !== '') {
    return coded(status === 401 ? 'UNAUTHORIZED' : status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN', details);
  }
  const list = Array.isArray(errors) ? (errors as unknown[]).map(listedError) : [];
  if (list.length === 0) {
    if (status === 401) return coded('UNAUTHORIZED', 'authentication required');
    return unreadable(status, 'no error details found in HTTP response body', body);
  }
  return joined(list);
}

function unreadable(status: number, why: string, body: string, cause?: unknown): RegistryError {
  return new RegistryError(`error parsing HTTP ${status} response body: ${why}: ${goQuote(body)}`, { cause });
}

function listedError(value: unknown): RegistryError {
  const { code, message, detail } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly detail?: unknown;
  };
  const known = typeof code === 'string' && code in CODES ? code : 'UNKNOWN';
  const text = typeof message === 'string' ? message : '';
  const bare = (detail === undefined || detail === null) && (text === '' || text === CODES[known]);
  return coded(known, bare ? undefined : text);
}

/** Without a message the code's own words are all there is to say. */
function coded(code: string, message: string | undefined): RegistryError {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return new RegistryError(message === undefined ? words : `${words}: ${message}`, {
    code,
    transient: !FINAL.has(code),
    bare: message === undefined,
  });
}

function joined(errors: readonly RegistryError[]): RegistryError {
  const [first] = errors;
  if (first && errors.length === 1) return first;
  return new RegistryError(`errors:\n${errors.map(({ message }) => `${message}\n`).join('')}`, {
    transient: first?.transient ?? false,
    first,
    ...(first?.code !== undefined && { code: first.code }),
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** As Go's `%q` prints a text. */
export function goQuote(text: string): string {
  const inner = text.replaceAll(/["\\]|\p{Cc}/gu, (each) => {
    const code = each.codePointAt(0) ?? 0;
    return ESCAPES[each] ?? `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return `"${inner}"`;
}
