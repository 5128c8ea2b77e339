import { Agent, request } from 'node:http';

/** What is asked; `body` that is no text or bytes goes as JSON. */
export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** An answer that goes on (events, logs that are followed) is cut after this. */
const LONGEST_MS = 20_000;

/** Plain HTTP to an engine's socket, with nothing added that was not asked for. Close it at the end. */
export class Http {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #socketPath: string;

  constructor(dockerHost: string) {
    this.#socketPath = dockerHost.replace('unix://', '');
  }

  async ask({ method, path, headers = {}, body }: Ask): Promise<Answer> {
    const bytes = toBytes(body);
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath: this.#socketPath,
        agent: this.#agent,
        method,
        path,
        headers: {
          Host: 'docker',
          ...(bytes && { 'Content-Type': 'application/json', 'Content-Length': bytes.byteLength }),
          ...headers,
        },
        timeout: LONGEST_MS,
      });
      sent.on('timeout', () =>
        sent.destroy(
          new Error(`no end of ${method} ${path} ${JSON.stringify(body)} ${JSON.stringify(headers)}`),
        ),
      );
      sent.on('error', reject);
      sent.on('upgrade', ({ statusCode = 0, headers: answered }, socket) => {
        socket.destroy();
        resolve({ status: statusCode, headers: answered, body: Buffer.alloc(0) });
      });
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          });
        });
      });
      sent.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function toBytes(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
