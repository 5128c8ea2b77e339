import { request } from 'node:http';
import { signalWithin } from '../../sandbox/time/limit.ts';
import type { EngineClient } from '../engine/client.ts';
import { EngineRefused } from '../engine/client.ts';

/** What a server in the machine answered; the beginning of its body as text. */
export interface Fetched {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const BODY_MAX_BYTES = 64 * 1024;
const ANSWER_MS = 2500;

export interface FetchOptions {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Asks a server on the loopback of the learner's machine. Undefined when nobody listens, or it does not speak HTTP. */
export async function fetchInMachine(
  engine: EngineClient,
  { port, path, headers, signal }: FetchOptions,
): Promise<Fetched | undefined> {
  const within = signalWithin(ANSWER_MS, signal);
  try {
    const { socket, head } = await engine.upgrade(`/slipway/tunnel?port=${port}`, { signal: within });
    if (head.length > 0) socket.unshift(head);
    return await new Promise<Fetched>((resolve, reject) => {
      const outgoing = request({
        createConnection: () => socket,
        path: encodeURI(decodeURI(path)),
        headers: { host: `localhost:${port}`, connection: 'close', ...headers },
        signal: within,
      });
      const end = (error: Error) => {
        socket.destroy();
        reject(error);
      };
      outgoing.on('error', end);
      outgoing.on('response', (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const done = () => {
          const body = Buffer.concat(chunks).subarray(0, BODY_MAX_BYTES).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
          socket.destroy();
        };
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size >= BODY_MAX_BYTES) done();
        });
        answer.on('end', done);
        answer.on('error', end);
      });
      outgoing.end();
    });
  } catch (error) {
    if (error instanceof EngineRefused || !signal.aborted) return undefined;
    throw error;
  }
}
