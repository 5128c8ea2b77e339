import { performance } from 'node:perf_hooks';

import { callEngine, upgradeEngine } from '../engine-socket.ts';
import type { Machines } from '../machines.ts';
import { median } from './measure.ts';
import { proportionalSet, sharesProcessNamespace } from './memory.ts';
import { readdirSync, readlinkSync } from 'node:fs';

const ROUNDS = 7;
const IDLE_SESSIONS = 3;
/** Time for a session to come to rest before its memory is read. */
const REST_MS = 5_000;

/** Milliseconds from the wish for a session to the first byte of its shell. */
export async function measureStart({ supervisor }: Machines): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    const { id, engineSocket } = await supervisor.create();
    const opened = await callEngine(engineSocket, 'POST', '/slipway/terminals', { columns: 80, rows: 24 });
    const { id: terminal } = JSON.parse(opened.body) as { id: string };
    const socket = await upgradeEngine(engineSocket, `/slipway/terminals/${terminal}/attach?from=0`);
    await new Promise((resolve) => socket.once('data', resolve));
    times.push(performance.now() - started);
    socket.destroy();
    await supervisor.destroy(id);
  }
  return median(times);
}

/** MiB of an idle session, all its processes: proportional set, mean of a few sessions at once. */
export async function measureIdleMemory({ supervisor }: Machines): Promise<number> {
  const before = processNamespaces();
  const sessions = await Promise.all(Array.from({ length: IDLE_SESSIONS }, async () => supervisor.create()));
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const made = [...processNamespaces()].filter(([namespace]) => !before.has(namespace)).map(([, pid]) => pid);
  const total = made.reduce((sum, pid) => sum + proportionalSet(sharesProcessNamespace(pid)), 0);
  for (const { id } of sessions) await supervisor.destroy(id);
  return total / IDLE_SESSIONS;
}

/** Every process namespace of the host, with one of its processes. */
export function processNamespaces(): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/u.test(each))) {
    try {
      found.set(readlinkSync(`/proc/${name}/ns/pid`), Number(name));
    } catch {
      // It has ended, or is not ours to look at.
    }
  }
  return found;
}
