import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import fc from 'fast-check';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { isPublicAddress } from './addresses.ts';
import { readGreeting } from './client-hello.ts';
import { EgressGate } from './gate.ts';
import { Pace } from './pace.ts';
import { EgressProxy, type EgressOptions } from './proxy.ts';
import { describeRules, findRule, parseRule } from './rules.ts';

describe('rules', () => {
  it.each([
    ['mirror.example.org', { host: 'mirror.example.org' }],
    ['Mirror.Example.org:3142', { host: 'mirror.example.org', port: 3142 }],
    ['https://someone:secret@registry.example.org/npm/', { host: 'registry.example.org' }],
    ['*.example.org', { host: '*.example.org' }],
    ['*', { host: '*' }],
    ['127.0.0.1:3142', { host: '127.0.0.1', port: 3142 }],
  ])('%s', (rule, expected) => {
    expect(parseRule(rule)).toEqual(expected);
  });

  it.each(['', 'a b', 'ftp://x', '*.*', 'x:0', 'x:99999', 'a/*'])('refuses %j', (rule) => {
    if (rule === 'a/*') expect(parseRule(rule)).toEqual({ host: 'a' });
    else expect(() => parseRule(rule)).toThrow('is no host');
  });

  const rules = ['deb.example.org', '*.npm.example', 'cache.lan:3142'].map(parseRule);
  const to = (host: string, port: number, raw = false) => findRule(rules, { host, port, raw }) !== undefined;

  it('lets through what is named, on its ports', () => {
    expect([to('deb.example.org', 80), to('DEB.example.org.', 443), to('a.npm.example', 443, true)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(to('cache.lan', 3142)).toBe(true);
  });

  it('and nothing else', () => {
    expect([to('deb.example.org', 22), to('deb.example.org', 80, true), to('cache.lan', 80)]).toEqual([
      false,
      false,
      false,
    ]);
    expect([to('npm.example', 443), to('evil-npm.example', 443), to('deb.example.org.evil', 80)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('is told to people', () => {
    expect(describeRules(rules)).toBe('deb.example.org, *.npm.example, cache.lan:3142');
    expect(describeRules([])).toBe('nothing');
  });
});

describe('public addresses', () => {
  it.each(['1.1.1.1', '8.8.8.8', '2606:4700::1111'])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '0.0.0.0',
      '100.64.0.1',
    ],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'localhost',
      '',
    ],
  ])('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function proxyFor(rules: readonly string[], options: Partial<EgressOptions> = {}) {
  const proxy = new EgressProxy({
    rules: rules.map(parseRule),
    bytesPerClient: 1024 ** 2,
    connectionsPerClient: 4,
    lookUp: async () => ['127.0.0.1'],
    ...options,
  });
  const server = createServer((incoming, response) => void proxy.handle('one', incoming, response));
  server.on('connect', (incoming, socket, head) => void proxy.connect('one', incoming, socket, head));
  return { proxy, port: await listen(server) };
}

const web = (listener: RequestListener) => listen(createServer(listener));

async function ask(port: number, url: string, method = 'GET', headers: Record<string, string> = {}) {
  const call = request({ host: '127.0.0.1', port, path: url, method, headers, agent: false });
  call.end();
  const [reply] = (await once(call, 'response')) as [IncomingMessage];
  return { status: reply.statusCode, text: await text(reply), headers: reply.headers };
}

async function tunnel(port: number, to: string): Promise<{ status: number; socket: Socket }> {
  const call = request({ host: '127.0.0.1', port, path: to, method: 'CONNECT', agent: false });
  call.end();
  const [reply, socket, head] = (await once(call, 'connect')) as [{ statusCode: number }, Socket, Buffer];
  closing.push(() => socket.destroy());
  if (head.byteLength > 0) socket.unshift(head);
  return { status: reply.statusCode, socket };
}

describe('a pace', () => {
  it('lets a second’s worth go at once, then each wait for its turn', () => {
    let now = 0;
    const pace = new Pace(1000, () => now);
    expect([pace.take(600), pace.take(400), pace.take(500), pace.take(500)]).toEqual([0, 0, 500, 1000]);
    now = 1000;
    expect(pace.take(250)).toBe(250);
    now = 60_000;
    expect([pace.take(1000), pace.take(100)]).toEqual([0, 100]);
  });
});

describe('the proxy', () => {
  it('passes on what may be read, without the headers of the way', async () => {
    const seen: Record<string, unknown> = {};
    const target = await web((incoming, response) => {
      Object.assign(seen, { url: incoming.url, ...incoming.headers });
      response.setHeader('Keep-Alive', 'timeout=5').end('a list');
    });
    const { port, proxy } = await proxyFor([`deb.example.org:${target}`]);
    const reply = await ask(port, `http://deb.example.org:${target}/dists/x?y=1`, 'GET', {
      'Proxy-Authorization': 'Basic c2VjcmV0',
      Connection: 'X-Hop',
      'X-Hop': '1',
      Accept: 'text/plain',
    });
    expect(reply).toMatchObject({ status: 200, text: 'a list' });
    expect(seen).toMatchObject({
      url: '/dists/x?y=1',
      host: `deb.example.org:${target}`,
      accept: 'text/plain',
    });
    expect(Object.keys(seen)).not.toContain('proxy-authorization');
    expect(Object.keys(seen)).not.toContain('x-hop');
    expect(proxy.use('one')).toEqual({ bytes: 6, open: 0 });
  });

  it('says what is allowed when asked for something else', async () => {
    const { port } = await proxyFor(['deb.example.org']);
    const reply = await ask(port, 'http://169.254.169.254/latest/meta-data');
    expect(reply.status).toBe(403);
    expect(reply.text).toBe(
      'This machine may not reach 169.254.169.254:80. It may reach: deb.example.org. The host of the lab can allow more with --egress.\n',
    );
  });

  it('reads only, where it can see', async () => {
    const { port } = await proxyFor(['deb.example.org']);
    expect(await ask(port, 'http://deb.example.org/', 'POST')).toMatchObject({ status: 403 });
    expect((await tunnel(port, 'deb.example.org:80')).status).toBe(403);
  });

  it.each(['https://deb.example.org/', 'file:///etc/passwd', 'http://'])('refuses %s', async (url) => {
    const { port } = await proxyFor(['*']);
    expect((await ask(port, url)).status).toBe(400);
  });

  it('does not let a name lead inside, unless the host listed that very name', async () => {
    const target = await web((_, response) => response.end('inside'));
    const open = await proxyFor([`*:${target}`]);
    expect(await ask(open.port, `http://evil.example:${target}/`)).toMatchObject({
      status: 403,
      text: 'evil.example is not on the public internet.\n',
    });
    expect((await tunnel(open.port, `evil.example:${target}`)).status).toBe(403);
    const listed = await proxyFor([`mirror.lan:${target}`]);
    expect(await ask(listed.port, `http://mirror.lan:${target}/`)).toMatchObject({
      status: 200,
      text: 'inside',
    });
  });

  it('tunnels raw bytes both ways', async () => {
    const echo = await listen(createTcpServer((socket) => socket.pipe(socket)));
    const { port, proxy } = await proxyFor([`registry.example.org:${echo}`]);
    const { status, socket } = await tunnel(port, `registry.example.org:${echo}`);
    expect(status).toBe(200);
    expect(proxy.use('one').open).toBe(1);
    socket.end('to and fro');
    expect(await text(socket)).toBe('to and fro');
    await expect.poll(() => proxy.use('one')).toEqual({ bytes: 20, open: 0 });
  });

  it('names the place that a tunnel may not lead to', async () => {
    const { port } = await proxyFor(['deb.example.org']);
    const { status, socket } = await tunnel(port, 'other.example:443');
    expect(status).toBe(403);
    expect(await text(socket)).toContain('may not reach other.example:443');
  });

  it('says that a name leads nowhere, and that nobody answers', async () => {
    const nowhere = await proxyFor(['deb.example.org'], {
      lookUp: () => Promise.reject(new Error('ENOTFOUND')),
    });
    expect(await ask(nowhere.port, 'http://deb.example.org/')).toMatchObject({
      status: 502,
      text: 'The name deb.example.org could not be found: ENOTFOUND.\n',
    });
    const closed = await web(() => undefined);
    for (const close of closing.splice(-1)) close();
    const silent = await proxyFor([`deb.example.org:${closed}`]);
    const reply = await ask(silent.port, `http://deb.example.org:${closed}/`);
    expect(reply.status).toBe(502);
    expect(reply.text).toContain('deb.example.org did not answer');
  });

  it.each([
    ['a status that is none', 'HTTP/1.1 000 X\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ])('outlives a server that answers with %s', async (_what, answer) => {
    const hostile = await web(({ socket }) => socket.end(answer));
    const { port, proxy } = await proxyFor([`deb.example.org:${hostile}`]);
    const reply = await ask(port, `http://deb.example.org:${hostile}/`);
    expect([reply.status, reply.text]).toEqual([502, expect.stringContaining('did not answer')]);
    expect(proxy.use('one').open).toBe(0);
  });

  it('ends a client that has used its share', async () => {
    const target = await web((_, response) => response.end(Buffer.alloc(64 * 1024)));
    const { port, proxy } = await proxyFor([`deb.example.org:${target}`], { bytesPerClient: 100_000 });
    const url = `http://deb.example.org:${target}/`;
    expect((await ask(port, url)).text).toHaveLength(64 * 1024);
    await ask(port, url).catch(() => undefined);
    expect(await ask(port, url)).toMatchObject({
      status: 403,
      text: 'This machine has used the 0 MiB that it may send and receive.\n',
    });
    proxy.forget('one');
    expect((await ask(port, url)).status).toBe(200);
  });

  it('ends a tunnel, both sides of it, that has used its share', async () => {
    const flood = await listen(
      createTcpServer((socket) => socket.on('error', () => undefined).write(Buffer.alloc(200_000))),
    );
    const { port, proxy } = await proxyFor([`registry.example.org:${flood}`], { bytesPerClient: 100_000 });
    const { socket } = await tunnel(port, `registry.example.org:${flood}`);
    socket.on('error', () => undefined).resume();
    await once(socket, 'close');
    await expect.poll(() => proxy.use('one').open).toBe(0);
  });

  it('brings everything, at the pace that is set', async () => {
    const bytes = Buffer.alloc(300_000, 'x');
    const target = await web((_, response) => response.end(bytes));
    const echo = await listen(createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)));
    const { port, proxy } = await proxyFor([`deb.example.org:${target}`, `registry.example.org:${echo}`], {
      bytesPerSecond: 400_000,
    });
    expect((await ask(port, `http://deb.example.org:${target}/`)).text).toBe(bytes.toString());
    const { socket } = await tunnel(port, `registry.example.org:${echo}`);
    socket.end(bytes.subarray(0, 80_000));
    expect(await text(socket)).toBe(bytes.toString('utf8', 0, 80_000));
    await expect.poll(() => proxy.use('one')).toEqual({ bytes: 460_000, open: 0 });
  });

  it('lets a paced connection go as soon as its client breaks off', async () => {
    const flood = await listen(
      createTcpServer((socket) => socket.on('error', () => undefined).write(Buffer.alloc(200_000))),
    );
    const { port, proxy } = await proxyFor([`registry.example.org:${flood}`], { bytesPerSecond: 1 });
    const { socket } = await tunnel(port, `registry.example.org:${flood}`);
    socket.resetAndDestroy();
    await expect.poll(() => proxy.use('one').open).toBe(0);
  });

  it('holds as many connections as it says', async () => {
    const echo = await listen(createTcpServer((socket) => socket.pipe(socket)));
    const { port } = await proxyFor([`registry.example.org:${echo}`], { connectionsPerClient: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await tunnel(port, `registry.example.org:${echo}`)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

describe('the gate', () => {
  /** A gate behind two ports of the loopback. */
  async function gateFor(rules: readonly string[]) {
    const { proxy } = await proxyFor(rules);
    const gate = new EgressGate(proxy);
    closing.push(() => gate.close());
    return {
      http: await listen(createTcpServer((socket) => gate.acceptHttp('one', socket))),
      tls: await listen(createTcpServer((socket) => gate.acceptTls('one', socket))),
    };
  }

  it('leads plain requests by their Host, several on one connection', async () => {
    const target = await web((incoming, response) =>
      response.end(`${incoming.headers.host ?? ''}${incoming.url ?? ''}`),
    );
    const { http } = await gateFor([`deb.example.org:${target}`]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closing.push(() => agent.destroy());
    for (const path of ['/one', '/two?x']) {
      const call = request({
        host: '127.0.0.1',
        port: http,
        path,
        agent,
        headers: { host: `deb.example.org:${target}` },
      });
      call.end();
      const [reply] = (await once(call, 'response')) as [IncomingMessage];
      expect(await text(reply)).toBe(`deb.example.org:${target}${path}`);
    }
    const refused = await ask(http, '/', 'GET', { host: 'elsewhere.example' });
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain('may not reach elsewhere.example:80');
  });

  it('refuses TLS with an alert that programs can show', async () => {
    const { tls } = await gateFor(['registry.example.org']);
    const socket = tlsConnect({ host: '127.0.0.1', port: tls, servername: 'elsewhere.example' });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('alert access denied');
  });

  it('closes what does not speak TLS, or names no server', async () => {
    const { tls } = await gateFor(['*']);
    for (const hello of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00']) {
      const socket = connect({ host: '127.0.0.1', port: tls });
      socket.write(Buffer.from(hello, 'latin1'));
      await once(socket, 'close');
    }
  });

  it('finds the name in what a client of TLS says first, however it is cut', async () => {
    const hello = await new Promise<Buffer>((resolve) => {
      const server = createTcpServer((socket) => socket.once('data', resolve));
      void listen(server).then((port) => {
        const socket = tlsConnect({ host: '127.0.0.1', port, servername: 'registry.example.org' });
        socket.on('error', () => undefined);
        closing.push(() => socket.destroy());
      });
    });
    expect(readGreeting(hello)).toEqual({ kind: 'name', name: 'registry.example.org' });
    for (let length = 0; length < hello.length; length++) {
      expect(readGreeting(hello.subarray(0, length)).kind).toBe('incomplete');
    }
    // The same message in records of 40 bytes.
    const body = hello.subarray(5);
    const records = Array.from({ length: Math.ceil(body.length / 40) }, (_, i) =>
      body.subarray(i * 40, i * 40 + 40),
    );
    const cut = Buffer.concat(records.flatMap((part) => [Buffer.from([22, 3, 1, 0, part.length]), part]));
    expect(readGreeting(cut)).toEqual({ kind: 'name', name: 'registry.example.org' });
  });

  it('reads anything without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const record = Buffer.concat([
          Buffer.from([22, 3, 1, 0, bytes.length, 1, 0, 0, Math.max(bytes.length - 4, 0)]),
          bytes,
        ]);
        expect(['incomplete', 'unknown', 'name']).toContain(readGreeting(record).kind);
        expect(['incomplete', 'unknown', 'name']).toContain(readGreeting(Buffer.from(bytes)).kind);
      }),
    );
  });
});
