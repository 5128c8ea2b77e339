import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { signalWithin } from '../../time/limit.ts';

/** An address of a registry or of what it points to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export type Dial = (address: Address, signal: AbortSignal) => Promise<Duplex>;

const DIAL_MS = 30_000;

/** A connection over TCP. Throws an `Error` in the words of Go's `net` package. */
export const dialTcp: Dial = async ({ host, port }, signal) => {
  let failure: unknown;
  for (const address of await addressesOf(host)) {
    try {
      return await dialAddress(address, port, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure ??= error;
    }
  }
  throw failure;
};

/** Every address of a name, those of version 4 first. Throws in the words for a name that means nothing. */
export async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true });
    return found.sort((a, b) => a.family - b.family).map(({ address }) => address);
  } catch (cause) {
    throw new Error(`dial tcp: lookup ${host}: no such host`, { cause });
  }
}

async function dialAddress(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: address, port });
  const limit = signalWithin(DIAL_MS, signal);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      limit.addEventListener('abort', () => reject(new Error('timeout')), { once: true });
      if (limit.aborted) reject(new Error('timeout'));
    });
    socket.removeAllListeners('error');
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw new Error(`dial tcp ${joinHostPort(address, port)}: ${reasonOf(error)}`, { cause: error });
  }
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'connect: connection reset by peer',
  ENETUNREACH: 'connect: network is unreachable',
  EHOSTUNREACH: 'connect: no route to host',
  EACCES: 'connect: permission denied',
  EPERM: 'connect: operation not permitted',
  EADDRNOTAVAIL: 'connect: cannot assign requested address',
};

function reasonOf(error: unknown): string {
  return REASONS[codeOf(error)] ?? 'i/o timeout';
}

/** The system's name of an error, or an empty text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
