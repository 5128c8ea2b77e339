import { request } from 'node:http';

/**
 * One call of the Docker API over the unix socket that `dockerHost` names, with `body` as JSON; the answer's body, whatever
 * its status.
 */
export async function call(dockerHost: string, method: string, path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const socketPath = dockerHost.replace('unix://', '');
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const sent = request({ socketPath, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve(Buffer.concat(chunks).toString());
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The JSON that `path` answers, in the shape the caller knows. */
export async function get<T>(dockerHost: string, path: string): Promise<T> {
  return JSON.parse(await call(dockerHost, 'GET', path)) as T;
}
