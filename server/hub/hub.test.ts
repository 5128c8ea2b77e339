import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawClient } from '../../sandbox/registry/testing/client.ts';
import { openHub, type Hub } from './hub.ts';

const ANNA = { id: 'a'.repeat(16), owner: 'a'.repeat(64) };
const BEN = { id: 'b'.repeat(16), owner: 'b'.repeat(64) };

let folder: string;
let hub: Hub;
const servers: { close(): void }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-hub-'));
  hub = open();
});

afterEach(async () => {
  hub.close();
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

function open(quotaBytes = 1024 ** 2): Hub {
  return openHub({
    folder,
    quotaBytes,
    cacheBytes: 1024 ** 2,
    report: (message, error) => console.error(message, error),
  });
}

/** A port that is a machine's own way to the hub. */
async function machine(who: typeof ANNA): Promise<string> {
  const server = createTcpServer((socket) => hub.accept(socket, who));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function token(url: string, login: string | undefined, scope = ''): Promise<Response> {
  const headers =
    login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return fetch(`${url}/token?service=hub&scope=${encodeURIComponent(scope)}`, { headers });
}

/** A client that pushes to `name` as `login`. */
async function pusher(url: string, login: string | undefined, name: string) {
  const answer = await token(url, login, `repository:${name}:pull,push,delete`);
  const { token: given } = (await answer.json()) as { token: string };
  return rawClient(url, { authorization: `Bearer ${given}` });
}

describe('login', () => {
  test('asks for a token, and says where it is had', async () => {
    const answer = await fetch(`${await machine(ANNA)}/v2/`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="https:\/\/127\.0\.0\.1:\d+\/token",service="/,
    );
  });

  test('makes the account of a new name, and knows it by its password', async () => {
    const url = await machine(ANNA);
    expect((await token(url, 'anna:secret')).status).toBe(200);
    expect((await token(await machine(BEN), 'anna:secret')).status).toBe(200);
    const wrong = await token(url, 'anna:wrong');
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toMatchObject({ details: 'incorrect username or password' });
    hub.close();
    hub = open();
    expect((await token(url, 'Anna:secret')).status).toBe(200);
    expect((await token(url, 'anna:wrong')).status).toBe(401);
  });

  test.each(['library', 'a', '../x', 'an na', 'x'.repeat(31), 'über', 'quay.io', 'localhost', 'a_', 'a___b'])(
    'refuses the new name %j',
    async (name) => {
      expect((await token(await machine(ANNA), `${name}:secret`)).status).toBe(401);
    },
  );

  test('makes no account for nobody’s machine', async () => {
    const server: Server = createServer(hub.handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await token(url, 'new:secret')).status).toBe(401);
    expect((await token(url, undefined)).status).toBe(200);
  });

  test('is given up after many wrong passwords', async () => {
    const url = await machine(ANNA);
    await token(url, 'anna:secret');
    const guesses = await Promise.all(Array.from({ length: 12 }, () => token(url, 'anna:guess')));
    expect(guesses.map(({ status }) => status)).toContain(429);
    expect((await token(url, 'anna:secret')).status).toBe(429);
    expect((await token(await machine(BEN), 'anna:secret')).status).toBe(200);
  }, 30_000);

  test('gives a name to one of those who want it at the same moment', async () => {
    const asked = [ANNA, BEN].map(({ owner }) => hub.accounts.login('carol', `of ${owner}`, owner));
    const [first, second] = await Promise.allSettled(asked);
    expect(first).toMatchObject({ status: 'fulfilled', value: { name: 'carol', owner: ANNA.owner } });
    expect(second).toMatchObject({ status: 'rejected' });
  });

  test('makes no more names at once than one after another', async () => {
    const url = await machine(ANNA);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => token(url, `name-${index}:secret`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(hub.accounts.ownedBy(ANNA.owner)).toHaveLength(20);
  }, 30_000);

  test('takes no token that it has not given', async () => {
    const url = await machine(ANNA);
    const { token: given } = (await (await token(url, 'anna:secret')).json()) as { token: string };
    const [header, claims = '', signature] = given.split('.');
    const forged = Buffer.from(Buffer.from(claims, 'base64url').toString().replace('anna', 'ben')).toString(
      'base64url',
    );
    for (const bad of [`${header}.${forged}.${signature}`, 'x', '..', `${header}.${claims}.`, `${given}.x`]) {
      const answer = await fetch(`${url}/v2/`, { headers: { authorization: `Bearer ${bad}` } });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringContaining('invalid_token'),
      ]);
    }
  });
});

describe('pushing', () => {
  test('goes to one’s own names, and everybody may pull', async () => {
    const url = await machine(ANNA);
    const anna = await pusher(url, 'anna:secret', 'anna/tool');
    const { digest } = await anna.pushImage('anna/tool', '1.0');
    const head = await fetch(`${await machine(BEN)}/v2/anna/tool/manifests/1.0`, { method: 'HEAD' });
    expect(head.headers.get('docker-content-digest')).toBe(digest);
    expect(hub.store.repository('anna/tool')?.tags.get('1.0')).toMatchObject({ digest, by: 'anna' });
  });

  test.each([
    ['nobody', undefined, 'anna/tool'],
    ['somebody else', 'ben:secret', 'anna/tool'],
    ['somebody with a name that begins so', 'ann:secret', 'anna/tool'],
    ['anybody, to the official images,', 'ben:secret', 'library/debian'],
    ['anybody, outside of all names,', 'ben:secret', 'ben'],
  ])('of %s is denied', async (_, login, name) => {
    const url = await machine(BEN);
    const answer = await (await pusher(url, login, name)).send('POST', `/v2/${name}/blobs/uploads/`);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }],
    });
  });

  test('without a token asks for one', async () => {
    const answer = await fetch(`${await machine(BEN)}/v2/anna/tool/blobs/uploads/`, { method: 'POST' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('scope="repository:anna/tool:pull,push"');
  });

  test('with a token for something else asks for another', async () => {
    const url = await machine(ANNA);
    const anna = await pusher(url, 'anna:secret', 'anna/other');
    const answer = await anna.send('POST', '/v2/anna/tool/blobs/uploads/');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="insufficient_scope"'),
    ]);
  });

  test('ends at the quota with a sentence', async () => {
    const url = await machine(ANNA);
    const anna = await pusher(url, 'anna:secret', 'anna/big');
    await anna.push('anna/big', Buffer.alloc(600_000, 1));
    const answer = await anna.send('PATCH', await anna.start('anna/big'), { body: Buffer.alloc(600_000, 2) });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      errors: [{ code: 'DENIED', message: 'quota exceeded: anna may keep 1 MiB and has 586 KiB' }],
    });
  });
});

test('says of a repository that is not there what Docker’s hub says', async () => {
  const url = await machine(ANNA);
  const nobody = await pusher(url, undefined, 'anna/none');
  expect((await nobody.send('GET', '/v2/anna/none/manifests/latest')).status).toBe(403);
  const anna = await pusher(url, 'anna:secret', 'anna/none');
  expect((await anna.send('GET', '/v2/anna/none/manifests/latest')).status).toBe(404);
});

test('is searched by name and description', async () => {
  const url = await machine(ANNA);
  const anna = await pusher(url, 'anna:secret', 'anna/tool');
  await anna.pushImage('anna/tool', '1.0');
  await hub.store.describe('anna/tool', 'Cuts wood');
  const find = async (query: string) => {
    const { results } = (await (await fetch(`${url}/v1/search?${query}`)).json()) as {
      results: { name: string }[];
    };
    return results.map(({ name }) => name);
  };
  expect(await find('q=TOOL')).toEqual(['anna/tool']);
  expect(await find('q=wood&n=5')).toEqual(['anna/tool']);
  expect(await find('q=stone')).toEqual([]);
});

test('serves skopeo', async () => {
  const server: Server = createServer(hub.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  const url = await machine(ANNA);
  const anna = await pusher(url, 'anna:secret', 'anna/tool');
  await anna.pushImage('anna/tool', '1.0');
  const skopeo = (...args: string[]) => promisify(execFile)('skopeo', args);
  const from = `docker://127.0.0.1:${port}/anna/tool`;
  const known = await skopeo('--version').catch(() => undefined);
  if (!known) return;
  await skopeo('copy', '--src-tls-verify=false', `${from}:1.0`, `dir:${join(folder, 'pulled')}`);
  const credentials = ['--dest-tls-verify=false', '--dest-creds', 'anna:secret'];
  await skopeo('copy', ...credentials, `dir:${join(folder, 'pulled')}`, `${from}:2.0`);
  await expect(
    skopeo('copy', '--dest-tls-verify=false', `dir:${join(folder, 'pulled')}`, `${from}:3.0`),
  ).rejects.toThrow('requested access to the resource is denied');
  expect(await hub.store.tags('anna/tool')).toEqual(['1.0', '2.0']);
});

test('cuts off what says nothing it can read', async () => {
  const url = new URL(await machine(ANNA));
  const socket = connect(Number(url.port), url.hostname);
  const ended = new Promise<string>((resolve) => {
    let seen = '';
    socket.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    socket.on('close', () => resolve(seen));
  });
  socket.write('\u0000\u0001 nonsense\r\n\r\n');
  expect(await ended).toContain('400 Bad Request');
});
