import { Agent, request, type IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type * as z from 'zod';
import { signalWithin } from '../../sandbox/time/limit.ts';
import { readBounded } from './bounded.ts';

/** Bytes of one answer of an engine; `docker images` of 500 images is 300 KB. */
export const ANSWER_MAX_BYTES = 8 * 1024 * 1024;
export const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Commas of one answer, that is: members of its arrays and objects, more or less. A schema looks at each, and notes what is
 * wrong with each: four million zeros would keep this process busy for seconds, and take a gigabyte.
 */
const ANSWER_MAX_COMMAS = 100_000;
const CONNECTIONS_MAX = 16;

/** The engine answered with an error status; the message is the engine's, that is: learner input. */
export class EngineRefused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The engine could not be reached, took too long, or answered what no engine answers. */
export class EngineUnavailable extends Error {}

export interface Upgraded {
  readonly socket: Duplex;
  /** Bytes that came together with the answer's head. */
  readonly head: Buffer;
  readonly headers: IncomingMessage['headers'];
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For answers that are known to be small. */
  readonly maxBytes?: number;
  /** For answers that take long by their nature; `ANSWER_TIMEOUT_MS` otherwise. */
  readonly timeoutMs?: number;
  readonly body?: unknown;
}

type Method = 'GET' | 'POST' | 'DELETE';

/**
 * HTTP to the engine of one session. The engine belongs to the learner: every answer is bounded in size and time and
 * goes through a schema before anybody sees it.
 */
export class EngineClient {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  readonly #ended = new AbortController();

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async get<T>(path: string, schema: z.ZodType<T>, options: CallOptions = {}): Promise<T> {
    return this.call('GET', path, schema, options);
  }

  async call<T>(method: Method, path: string, schema: z.ZodType<T>, options: CallOptions = {}): Promise<T> {
    const signal = this.#signal(options.signal, options.timeoutMs ?? ANSWER_TIMEOUT_MS);
    const answer = await this.#send(method, path, { ...options, signal });
    const text = await readBounded(answer, options.maxBytes ?? ANSWER_MAX_BYTES);
    if (hasMoreCommas(text, ANSWER_MAX_COMMAS))
      throw new EngineUnavailable(`The engine's answer to ${method} ${path} has too many parts.`);
    refuseErrors(answer, text);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new EngineUnavailable(`The engine's answer to ${method} ${path} is not what it should be.`);
  }

  /**
   * A long answer, read as it comes; ends when `signal` aborts or the client is closed. With a body it is asked for by a
   * POST.
   */
  async stream(
    path: string,
    signal: AbortSignal,
    { body }: { readonly body?: unknown } = {},
  ): Promise<IncomingMessage> {
    const answer = await this.#send(body === undefined ? 'GET' : 'POST', path, {
      body,
      signal: this.#signal(signal),
    });
    if (answer.statusCode === 200) return answer;
    refuseErrors(answer, await readBounded(answer, ANSWER_MAX_BYTES));
    throw new EngineUnavailable(`The engine did not begin to stream ${path}.`);
  }

  /** Sends bytes as they come, with PUT. */
  async upload<T>(path: string, content: Readable, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const outgoing = request({
      socketPath: this.#socketPath,
      method: 'PUT',
      path,
      agent: false,
      signal: this.#signal(signal),
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', (error) => reject(unavailable(error)));
      outgoing.on('close', () => reject(unavailable(new Error('The connection was closed.'))));
    });
    // A refusal may come before all is sent: then the rest is of no use to anybody.
    content.pipe(outgoing);
    content.once('error', () => outgoing.destroy());
    const answer = await answered.finally(() => content.unpipe(outgoing));
    const text = await readBounded(answer, ANSWER_MAX_BYTES);
    refuseErrors(answer, text);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new EngineUnavailable(`The engine's answer to PUT ${path} is not what it should be.`);
  }

  /** Turns the connection of a POST into raw bytes both ways. */
  upgrade(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<Upgraded> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        socketPath: this.#socketPath,
        method: 'POST',
        path,
        // A connection of its own: it does not come back to the agent.
        agent: false,
        headers: { connection: 'Upgrade', upgrade: 'tcp' },
        signal: this.#signal(options.signal),
      });
      outgoing.on('upgrade', (answer, socket, head) => resolve({ socket, head, headers: answer.headers }));
      let answered = false;
      outgoing.on('response', (answer) => {
        answered = true;
        readBounded(answer, ANSWER_MAX_BYTES)
          .then((text) => {
            refuseErrors(answer, text);
            throw new EngineUnavailable(`The engine did not upgrade ${path}.`);
          })
          .catch(reject);
      });
      outgoing.on('error', (error) => reject(unavailable(error)));
      outgoing.on('close', () => {
        // An answer that was begun tells its end by itself.
        if (!answered) reject(unavailable(new Error('The connection was closed.')));
      });
      outgoing.end();
    });
  }

  /** Ends all that is under way. */
  close(): void {
    this.#ended.abort();
    this.#agent.destroy();
  }

  #signal(given: AbortSignal | undefined, timeoutMs?: number): AbortSignal {
    const signals = [this.#ended.signal];
    if (given) signals.push(given);
    return timeoutMs === undefined ? AbortSignal.any(signals) : signalWithin(timeoutMs, ...signals);
  }

  #send(
    method: Method,
    path: string,
    options: CallOptions & { signal: AbortSignal },
  ): Promise<IncomingMessage> {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    return new Promise((resolve, reject) => {
      const outgoing = request({
        socketPath: this.#socketPath,
        method,
        path,
        agent: this.#agent,
        signal: options.signal,
        headers:
          body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      });
      outgoing.on('response', resolve);
      outgoing.on('error', (error) => reject(unavailable(error)));
      // Also when it switches protocols, which nobody has asked for here: Node drops that connection without a word.
      outgoing.on('close', () => reject(unavailable(new Error('The connection was closed.'))));
      outgoing.end(body);
    });
  }
}

function hasMoreCommas(text: string, max: number): boolean {
  let at = -1;
  for (let count = 0; count <= max; count += 1) {
    at = text.indexOf(',', at + 1);
    if (at === -1) return false;
  }
  return true;
}

const ERROR_TEXT_MAX = 500;

function refuseErrors(answer: IncomingMessage, text: string): void {
  const status = answer.statusCode ?? 0;
  if (status < 400) return;
  const body = parseJson(text);
  const message =
    typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
      ? body.message
      : `The engine answered with status ${status}.`;
  throw new EngineRefused(status, message.slice(0, ERROR_TEXT_MAX));
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unavailable(error: Error): EngineUnavailable {
  return new EngineUnavailable('The engine of this machine does not answer.', { cause: error });
}
