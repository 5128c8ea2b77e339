import { EngineError } from '../oci/errors.ts';
import type { Call } from './router.ts';

/** No request of the Docker API that is JSON comes near this. */
const JSON_LIMIT_BYTES = 1024 ** 2;

/** The request's JSON object; undefined when there is no body at all. */
export async function readJson(call: Call): Promise<unknown> {
  const text = (await readBounded(call)).toString('utf8').trim();
  if (text === '') return undefined;
  checkContentType(call);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new EngineError('invalid', describeBadJson(text));
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** As `readJson`, but `{}` for an empty body, and an error for anything that is not an object. */
export async function readObject(call: Call): Promise<JsonObject> {
  const value = (await readJson(call)) ?? {};
  if (!isObject(value)) {
    throw new EngineError(
      'invalid',
      `json: cannot unmarshal ${goTypeOf(value)} into Go value of type object`,
    );
  }
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

function checkContentType(call: Call): void {
  const type = call.request.headers['content-type'];
  if (type !== undefined && type.split(';')[0]?.trim() !== 'application/json') {
    throw new EngineError('invalid', `Content-Type specified (${type}) must be 'application/json'`);
  }
}

function describeBadJson(text: string): string {
  const first = text[0] ?? '';
  if (!'{["-0123456789tfn'.includes(first)) {
    return `invalid character '${first}' looking for beginning of value`;
  }
  return 'unexpected EOF';
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
