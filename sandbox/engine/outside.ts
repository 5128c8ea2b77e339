import { spawn } from 'node:child_process';
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Outside } from '../container/network/outside.ts';
import { answerOutside } from '../container/network/outside.ts';

/**
 * An address of the documentation range (RFC 5737): no machine has it, so it stands for all machines outside. Every name
 * leads to it; what is sent there goes to the server, which finds out where it was meant to go, and whether it may.
 */
export const OUTSIDE_ADDRESS = '192.0.2.1';

/** Ports that lead out, and what the server is told that came in. */
const WAYS = { 80: 'http', 443: 'https' } as const;
export type Way = (typeof WAYS)[keyof typeof WAYS];

const RESOLVER = '/etc/resolv.conf';

export interface OutsideOptions {
  /** A connection to the server for what a program sends; rejects when there is no server. */
  readonly dial: (way: Way) => Promise<Duplex>;
  /** Told to containers that start from now on. */
  readonly names: { outside: Outside | undefined };
}

export interface OpenOutside {
  close(): void;
}

/**
 * Opens the way out of the session: listeners, a name server, and the rules that lead ports 53, 80 and 443 of the outside
 * address to them. The ports themselves stay free for what the learner serves.
 */
export async function openOutside({ dial, names }: OutsideOptions): Promise<OpenOutside> {
  await runQuietly('ip', ['address', 'replace', `${OUTSIDE_ADDRESS}/32`, 'dev', 'lo']);
  const servers = new Map<number, Server>();
  for (const [port, way] of Object.entries(WAYS)) servers.set(Number(port), await listen(way, dial));
  const resolver = await serveNames();
  const close = (): void => {
    names.outside = undefined;
    resolver.close();
    for (const server of servers.values()) server.close();
  };
  try {
    const forwards = [...servers].map(
      ([port, server]) => `tcp dport ${port} dnat to ${OUTSIDE_ADDRESS}:${portOf(server)}`,
    );
    forwards.push(`udp dport 53 dnat to ${OUTSIDE_ADDRESS}:${resolver.address().port}`);
    await runQuietly('nft', ['-f', '-'], rulesOf(forwards));
    await nameServer();
  } catch (error) {
    close();
    throw error;
  }
  names.outside = { address: OUTSIDE_ADDRESS };
  return { close };
}

/** Replaces what an earlier engine of the same session has left. */
function rulesOf(forwards: readonly string[]): string {
  return `
table ip slipway_outside
delete table ip slipway_outside
table ip slipway_outside {
  chain ways { ${forwards.join('; ')}; }
  chain arriving { type nat hook prerouting priority dstnat; ip daddr ${OUTSIDE_ADDRESS} jump ways; }
  chain leaving { type nat hook output priority -100; ip daddr ${OUTSIDE_ADDRESS} jump ways; }
}
`;
}

async function listen(way: Way, dial: OutsideOptions['dial']): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void join(socket, way, dial));
  server.listen(0, OUTSIDE_ADDRESS);
  await once(server, 'listening');
  server.unref();
  return server;
}

async function join(socket: Socket, way: Way, dial: OutsideOptions['dial']): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const server = await dial(way);
    // Each direction ends by itself; a broken one takes the other with it.
    server.on('error', () => socket.destroy());
    server.once('close', () => socket.destroy());
    socket.once('close', () => server.destroy());
    if (socket.destroyed) server.destroy();
    else socket.pipe(server).pipe(socket);
  } catch {
    socket.resetAndDestroy();
  }
}

async function serveNames(): Promise<Datagrams> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const reply = answerOutside(message, OUTSIDE_ADDRESS);
    if (reply !== undefined) socket.send(reply, port, address, () => undefined);
  });
  socket.bind({ address: OUTSIDE_ADDRESS, port: 0 });
  await once(socket, 'listening');
  socket.on('error', () => undefined);
  return socket.unref();
}

/** Unless the learner wrote one. */
async function nameServer(): Promise<void> {
  const present = await readFile(RESOLVER, 'utf8').catch(() => '');
  if (/^\s*nameserver\s/m.test(present)) return;
  await writeFile(
    RESOLVER,
    `# All names lead to the lab, which passes on what it allows.\nnameserver ${OUTSIDE_ADDRESS}\n`,
  );
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function runQuietly(program: string, args: readonly string[], input = ''): Promise<void> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [errors, [code]] = await Promise.all([
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${errors.trim()}`);
}
