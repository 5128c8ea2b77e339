import { statfs } from 'node:fs/promises';

import { inspectHost } from '../sandbox/host/inspect.ts';
import { closedFolder, letOthersPass } from './requirements.ts';
import { nearestFolder } from './setup/folder.ts';
import type { SetupContext } from './setup/context.ts';
import { inspectSetup } from './setup/inspect.ts';

/** Bytes that the set-up and a few machines take, measured: packages 0.5 GB, and disks that fill as they are used. */
const WANTED_BYTES = 4 * 1024 ** 3;

/** Prints what this host can and cannot do, and what is set up. True when machines can run here. */
export async function doctor(context: SetupContext): Promise<boolean> {
  const folder = await nearestFolder(context.data);
  const host = [...(await inspectHost(folder)), await inspectWay(folder), await inspectDisk(folder)];
  print('This host');
  for (const { name, ok, detail, wayOut } of host)
    printFact(ok ? 'ok' : 'NO', name, detail, ok ? undefined : wayOut);

  print('\nSet-up');
  const parts = await inspectSetup(context);
  for (const { name, ready, optional } of parts)
    printFact(
      ready ? 'ok' : '--',
      name,
      ready ? 'ready' : optional ? 'made by npm test' : 'made by the next start',
    );

  const bad = host.filter(({ ok }) => !ok).length;
  print(
    bad === 0
      ? `\nThis host can run Slipway. Data folder: ${context.data}`
      : `\nThis host cannot run Slipway yet: ${bad} of ${host.length} points above need a hand.`,
  );
  return bad === 0;
}

interface Fact {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly wayOut?: string;
}

/** The web server and the machines have users of their own, who are nobody to the owner of a home folder. */
async function inspectWay(folder: string): Promise<Fact> {
  const closed = await closedFolder(folder);
  const name = 'way to the data folder';
  if (closed === undefined) return { name, ok: true, detail: 'the users of server and machines can pass' };
  const detail = `the users of server and machines cannot enter ${closed}`;
  return { name, ok: false, detail, wayOut: letOthersPass(closed) };
}

async function inspectDisk(folder: string): Promise<Fact> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return {
    name: 'space for data',
    ok: free >= WANTED_BYTES,
    detail: `${(free / 1024 ** 3).toFixed(1)} GiB free in ${folder}`,
    wayOut: `Free some space, or choose another disk with --data-dir: set-up and machines want ${WANTED_BYTES / 1024 ** 3} GiB.`,
  };
}

function printFact(mark: string, name: string, detail: string, wayOut?: string): void {
  print(`  ${mark}  ${name.padEnd(28)} ${detail}`);
  if (wayOut !== undefined && wayOut !== '') print(`      → ${wayOut}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
