import { createServer } from 'node:net';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { inspectHost } from '../sandbox/host/inspect.ts';
import { Failure, hasCode, messageOf } from './failure.ts';
import { nearestFolder } from './setup/folder.ts';

/** What must be true before work begins; each check throws a sentence with the way out. */

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export function requireRoot(purpose: string): void {
  if (isRoot()) return;
  throw new Failure(
    `Only root can ${purpose}: that takes namespaces, mounts and control groups.`,
    'Run the same command with sudo, for instance: sudo npm start',
  );
}

/** What the set-up brings by itself is not asked for here. */
const BROUGHT_BY_SETUP = new Set(['crun', 'system tools']);

/** The first thing that this host lacks, before minutes are spent on a set-up that would be in vain. */
export async function requireHost(dataDir: string): Promise<void> {
  const lacking = (await inspectHost(await nearestFolder(dataDir))).find(
    ({ name, ok }) => !ok && !BROUGHT_BY_SETUP.has(name),
  );
  if (lacking === undefined) return requireReachable(await nearestFolder(dataDir));
  throw new Failure(
    `This host cannot run machines: ${lacking.name}: ${lacking.detail}.`,
    `${lacking.wayOut}
npx slipway doctor lists everything that is needed.`,
  );
}

/** Tries the address itself: whoever holds it, for whatever reason it cannot be had. */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host, port }, resolve);
    });
  } catch (error) {
    throw portFailure(error, host, port);
  }
  await new Promise((resolve) => probe.close(resolve));
}

export function portFailure(error: unknown, host: string, port: number): Error {
  if (hasCode(error, 'EADDRINUSE'))
    return new Failure(
      `Port ${port} is taken by another program.`,
      `Stop that program, or choose another port: PORT=${port === 65_535 ? port - 1 : port + 1} npm start`,
      { cause: error },
    );
  if (hasCode(error, 'EADDRNOTAVAIL') || hasCode(error, 'ENOTFOUND') || hasCode(error, 'EAI_AGAIN'))
    return new Failure(
      `This host has no address ${host}.`,
      'Choose one that it has with --host: localhost, or 0.0.0.0 for all.',
      { cause: error },
    );
  return new Error(`The page cannot be served on ${host}, port ${port}: ${messageOf(error)}`, {
    cause: error,
  });
}

/** The web server runs as a user without any rights, and yet must reach its files. */
export async function requireReachable(folder: string): Promise<void> {
  const closed = await closedFolder(folder);
  if (closed === undefined) return;
  throw new Failure(
    `The web server, which runs as a user without rights, cannot enter ${closed}.`,
    letOthersPass(closed),
  );
}

/** The folder, or the nearest above it, that other users than its owner cannot enter; undefined when they can pass. */
export async function closedFolder(folder: string): Promise<string | undefined> {
  for (let path = folder; path !== '/'; path = dirname(path))
    if (((await stat(path)).mode & 0o001) === 0) return path;
  return undefined;
}

export const letOthersPass = (folder: string): string =>
  `Choose another data folder with --data-dir, or let others pass: chmod o+x ${folder}`;
