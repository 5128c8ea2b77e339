import { request, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One call on an engine's unix socket; resolves to the whole answer, whatever its status. */
export async function callEngine(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const sent = request({ socketPath, method, path, headers, agent: false }, (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Asks for an upgrade and resolves to the raw connection. */
export async function upgradeEngine(socketPath: string, path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'tcp' };
    const sent = request({ socketPath, method: 'POST', path, headers, agent: false });
    sent.on('upgrade', (_, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    sent.on('response', (response) => {
      response.resume();
      reject(new Error(`No upgrade: ${response.statusCode}`));
    });
    sent.on('error', reject);
    sent.end();
  });
}
