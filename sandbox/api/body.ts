import { EngineError } from '../oci/errors.ts';
import { decode, JsonTypeError, parseFirst } from './json/decode.ts';
import { JsonSyntaxError } from './json/syntax.ts';
import type { Struct } from './json/types.ts';
import type { Call } from './router.ts';

/** No request of the Docker API that is JSON comes near this. */
const JSON_LIMIT_BYTES = 1024 ** 2;

export type JsonObject = Readonly<Record<string, unknown>>;

export interface BodyOptions {
  /** What is said of a request without a body; the daemon has two ways. */
  readonly whenEmpty?: string;
  /** Takes a body of any type, as clients of old versions send it. */
  readonly anyContentType?: boolean;
}

const NOTHING_READ = 'got EOF while reading request body';

/** The request's JSON as a struct of the daemon: see `json/requests.ts`. Every failure is `invalid`. */
export async function readStruct(
  call: Call,
  type: Struct,
  { whenEmpty = NOTHING_READ, anyContentType = false }: BodyOptions = {},
): Promise<JsonObject> {
  if (!anyContentType) checkContentType(call);
  const text = (await readBounded(call)).toString('utf8');
  if (text.trim() === '') throw new EngineError('invalid', whenEmpty);
  return asInvalid(() => decode(parseFirst(text), type));
}

/** As `readStruct`, but an empty struct for an empty body. */
export async function readStructOrNone(call: Call, type: Struct): Promise<JsonObject> {
  checkContentType(call);
  const text = (await readBounded(call)).toString('utf8');
  return text.trim() === '' ? {} : asInvalid(() => decode(parseFirst(text), type));
}

/** The request's JSON; undefined when there is no body at all. */
export async function readJson(call: Call): Promise<unknown> {
  checkContentType(call);
  const text = (await readBounded(call)).toString('utf8').trim();
  return text === '' ? undefined : asInvalid(() => parseFirst(text));
}

/** As `readJson`, but `{}` for an empty body, and an error for anything that is not an object. */
export async function readObject(call: Call): Promise<JsonObject> {
  const value = (await readJson(call)) ?? {};
  if (isObject(value)) return value;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  throw new EngineError('invalid', `json: cannot unmarshal ${found} into Go value of type object`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a reader of JSON has to say is the client's fault. */
export function asInvalid<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError) && !(error instanceof JsonTypeError)) throw error;
    throw new EngineError('invalid', error.message, { cause: error });
  }
}

async function readBounded(call: Call): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > JSON_LIMIT_BYTES) throw new EngineError('invalid', 'http: request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A body has to say that it is JSON; without one nothing has to be said. */
function checkContentType({ request: { headers } }: Call): void {
  const type = headers['content-type'] ?? '';
  const length = headers['transfer-encoding'] === undefined ? (headers['content-length'] ?? '0') : '-1';
  if (type === '' && length === '0') return;
  if (type.split(';')[0]?.trim().toLowerCase() === 'application/json') return;
  throw new EngineError('invalid', `Content-Type specified (${type}) must be 'application/json'`);
}
