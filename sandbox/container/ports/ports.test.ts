import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { PortAllocator } from './allocator.ts';
import { proxyDatagrams } from './datagram-proxy.ts';
import { Publisher } from './publisher.ts';
import { exposedOnly, requestsOf } from './requests.ts';
import { proxyStreams } from './stream-proxy.ts';

describe('what to publish', () => {
  const any = [{ HostIp: '', HostPort: '' }];

  it('comes in the order of dockerd: wished ones first, then from the highest port down', () => {
    const bindings = { '80/tcp': any, '90/tcp': [{ HostIp: '', HostPort: '9000' }], '85/udp': any };
    const requests = requestsOf({ bindings, exposed: {}, publishAll: false });
    expect(requests.map((each) => each.port)).toEqual(['90/tcp', '85/udp', '80/tcp']);
    expect(requests[0]?.hostPorts).toEqual({ first: 9000, last: 9000 });
  });

  it('is everything exposed with -P, and tells what is only exposed', () => {
    const wishes = { bindings: {}, exposed: { '80/tcp': {} } };
    expect(requestsOf({ ...wishes, publishAll: true })).toHaveLength(1);
    expect(exposedOnly({ ...wishes, publishAll: false })).toEqual(['80/tcp']);
  });

  it('is tcp where no protocol is named', () => {
    const wishes = { bindings: { '80': any }, exposed: { '80/tcp': {}, '90': {} }, publishAll: false };
    expect(requestsOf(wishes)).toMatchObject([{ port: '80/tcp', protocol: 'tcp' }]);
    expect(exposedOnly(wishes)).toEqual(['90/tcp']);
  });

  it('understands ranges', () => {
    const bindings = { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '9000-9002' }] };
    expect(requestsOf({ bindings, exposed: {}, publishAll: false })[0]).toMatchObject({
      hostIp: '127.0.0.1',
      hostPorts: { first: 9000, last: 9002 },
    });
  });
});

describe('allocation', () => {
  it('goes round in a range, and says when it is used up', () => {
    const ports = new PortAllocator();
    const next = () => ports.allocate('0.0.0.0', 'tcp', { first: 1, last: 2 });
    expect([next(), next()]).toEqual([1, 2]);
    expect(next).toThrow('all ports are allocated');
    ports.release('0.0.0.0', 'tcp', 2);
    expect(next()).toBe(2);
    const taken = () => ports.allocate('0.0.0.0', 'tcp', { first: 1, last: 1 });
    expect(taken).toThrow('Bind for 0.0.0.0:1 failed: port is already allocated');
    expect(ports.allocate('0.0.0.0', 'udp', { first: 1, last: 1 })).toBe(1);
  });

  it('starts random ports at 32768', () => {
    const ports = new PortAllocator();
    expect([ports.allocate('::', 'tcp'), ports.allocate('::', 'tcp')]).toEqual([32_768, 32_769]);
  });
});

describe('forwarding', () => {
  let inner: Server;
  let innerPort: number;

  beforeEach(async () => {
    inner = createServer({ allowHalfOpen: true }, (socket) => {
      let size = 0;
      socket.on('data', (chunk: Buffer) => (size += chunk.length));
      socket.on('end', () => socket.end(`got ${size}`));
    });
    inner.listen(0, '127.0.0.1');
    await once(inner, 'listening');
    innerPort = (inner.address() as AddressInfo).port;
  });
  afterEach(() => inner.close());

  const freePort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  };

  it('passes data and its end on, each way by itself', async () => {
    const hostPort = await freePort();
    const ends = { hostIp: '127.0.0.1', hostPort, containerIp: '127.0.0.1', containerPort: innerPort };
    const proxy = await proxyStreams(ends);
    const client = connect({ port: hostPort, host: '127.0.0.1', allowHalfOpen: true });
    client.end(Buffer.alloc(3_000_000));
    expect((await buffer(client)).toString()).toBe('got 3000000');
    proxy.close();
    const [error] = (await once(connect(hostPort, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  it('ends the connection when nothing listens in the container', async () => {
    const [hostPort, containerPort] = [await freePort(), await freePort()];
    const proxy = await proxyStreams({
      hostIp: '127.0.0.1',
      hostPort,
      containerIp: '127.0.0.1',
      containerPort,
    });
    const client = connect(hostPort, '127.0.0.1').on('error', () => undefined);
    await once(client, 'close');
    proxy.close();
  });

  it('brings answers to datagrams back to whom they are for', async () => {
    const echo = createSocket('udp4').bind(0, '127.0.0.1');
    await once(echo, 'listening');
    echo.on('message', (message, { port, address }) =>
      echo.send(`echo ${message.toString()}`, port, address),
    );
    const hostPort = await freePort();
    const containerPort = echo.address().port;
    const proxy = await proxyDatagrams({
      hostIp: '127.0.0.1',
      hostPort,
      containerIp: '127.0.0.1',
      containerPort,
    });
    const ask = async (text: string): Promise<string> => {
      const socket = createSocket('udp4');
      socket.send(text, hostPort, '127.0.0.1');
      const [message] = (await once(socket, 'message')) as [Buffer];
      socket.close();
      return message.toString();
    };
    expect(await Promise.all([ask('one'), ask('two')])).toEqual(['echo one', 'echo two']);
    proxy.close();
    echo.close();
  });

  it("publishes all or nothing, in dockerd's words", async () => {
    const publisher = new Publisher();
    const first = await freePort();
    const request = (port: number) => ({
      port: '80/tcp',
      containerPort: innerPort,
      protocol: 'tcp',
      hostIp: '127.0.0.1',
      hostPorts: { first: port, last: port },
    });
    const taken = [request(first), request(innerPort)];
    await expect(publisher.publish(taken, '127.0.0.1')).rejects.toThrow(
      `Error starting userland proxy: listen tcp4 127.0.0.1:${innerPort}: bind: address already in use`,
    );
    const publication = await publisher.publish([request(first)], '127.0.0.1');
    expect(publication.ports).toEqual({ '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(first) }] });
    await expect(publisher.publish([request(first)], '127.0.0.1')).rejects.toThrow(
      `Bind for 127.0.0.1:${first} failed: port is already allocated`,
    );
    publication.close();
  });
});
