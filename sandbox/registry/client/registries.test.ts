import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { rawClient } from '../testing/client.ts';
import { startRegistry, type TestRegistry } from '../testing/server.ts';
import { withRegistry } from './connection.ts';
import { NOBODY } from './credentials.ts';
import { HUB, type RegistryOptions } from './endpoints.ts';
import { login } from './login.ts';
import { Repository } from './repository.ts';

const NEVER = new AbortController().signal;

const servers: Server[] = [];
const registries: TestRegistry[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const registry of registries.splice(0)) await registry.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function optionsWith(mirrors: readonly string[] = []): Promise<RegistryOptions> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-client-'));
  folders.push(folder);
  return { userAgent: 'test', state: folder, certificates: path.join(folder, 'certs.d'), mirrors };
}

async function registryWith(name: string) {
  const registry = await startRegistry();
  registries.push(registry);
  return { url: registry.url, image: await rawClient(registry.url).pushImage(name, 'latest') };
}

const resolve = (options: RegistryOptions, domain: string, name: string, signal = NEVER) =>
  withRegistry(options, domain, { credentials: NOBODY, scopes: [], signal }, (connection) =>
    new Repository(connection, name, signal).resolve('latest'),
  );

describe('mirrors of the hub', () => {
  const NAME = 'library/tool';

  test('are asked in their order', async () => {
    const [first, second] = [await registryWith(NAME), await registryWith(NAME)];
    const options = await optionsWith([first.url, second.url]);
    expect((await resolve(options, HUB, NAME)).digest).toBe(first.image.digest);
  });

  test.each([
    ['is not there', async () => '127.0.0.1:1'],
    ['has no such image', async () => (await registryWith('library/other')).url.slice('http://'.length)],
    ['fails', () => serve((_request, response) => response.writeHead(500).end('broken'))],
    ['hangs up', () => serve((request) => request.socket.destroy())],
  ])('are passed over where one %s', async (_what, broken) => {
    const good = await registryWith(NAME);
    const options = await optionsWith([`http://${await broken()}`, good.url]);
    expect((await resolve(options, HUB, NAME)).digest).toBe(good.image.digest);
  });

  test('say why, when the last of them does', async () => {
    const options = await optionsWith([(await registryWith('library/other')).url]);
    await expect(resolve(options, HUB, NAME)).rejects.toThrow('manifest unknown');
  });
});

describe('tokens that last', () => {
  /** Gives a token for the password, and another one for what it gave out with that. */
  async function tokenServer() {
    const asked: string[] = [];
    const host = await serve((request, response) => {
      void bodyOf(request).then((body) => {
        const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
        if (pathname === '/v2/' && request.headers.authorization?.startsWith('Bearer ') === true)
          return response.end('{}');
        if (pathname === '/v2/') {
          response.setHeader('WWW-Authenticate', `Bearer realm="http://${host}/token",service="lab"`);
          return response.writeHead(401).end();
        }
        const parameters = request.method === 'POST' ? new URLSearchParams(body) : searchParams;
        asked.push(`${request.method} ${parameters.get('grant_type') ?? parameters.get('offline_token')}`);
        const known =
          parameters.get('refresh_token') === 'lasting' || request.headers.authorization !== undefined;
        if (!known) return response.writeHead(401).end('{}');
        return response.end(JSON.stringify({ access_token: 'short', refresh_token: 'lasting' }));
      });
    });
    return { host, asked };
  }

  async function bodyOf(request: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
    return text;
  }

  test('are asked for by a login, and take the place of the password', async () => {
    const { host, asked } = await tokenServer();
    const options = await optionsWith();
    const anna = { ...NOBODY, username: 'anna', password: 'secret', serverAddress: host };
    const first = await login(options, anna, NEVER);
    expect(first).toEqual({ IdentityToken: 'lasting', Status: 'Login Succeeded' });
    const lasting = { ...NOBODY, serverAddress: host, identityToken: first.IdentityToken };
    expect((await login(options, lasting, NEVER)).Status).toBe('Login Succeeded');
    expect(asked).toEqual(['GET true', 'POST refresh_token']);
  });

  test('that are void are refused', async () => {
    const { host } = await tokenServer();
    const stolen = { ...NOBODY, serverAddress: host, identityToken: 'void' };
    await expect(login(await optionsWith(), stolen, NEVER)).rejects.toThrow(
      'unauthorized: authentication required',
    );
  });
});

test('a registry that hangs at the manifest is left when whoever waits gives up', async () => {
  let hung: () => void = () => undefined;
  const hangs = new Promise<void>((tell) => (hung = tell));
  let left: () => void = () => undefined;
  const gone = new Promise<void>((tell) => (left = tell));
  const host = await serve((request, response) => {
    if (request.url === '/v2/') return response.end('{}');
    request.socket.once('close', () => left());
    hung();
    return undefined;
  });
  const leave = new AbortController();
  const waiting = resolve(await optionsWith(), host, 'team/tool', leave.signal);
  await hangs;
  leave.abort(new Error('context canceled'));
  await expect(waiting).rejects.toThrow('context canceled');
  await gone;
});
