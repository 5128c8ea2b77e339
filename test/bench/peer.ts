import { readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { startDockerd } from '../oracle/dockerd.ts';
import type { Engine } from '../oracle/engine.ts';
import { findOracleTools } from '../oracle/tools.ts';
import { settings } from '../settings.ts';
import { proportionalSet, sharesProcessNamespace } from './memory.ts';
import { processNamespaces } from './session.ts';

/** For a session's start and memory, what one learner of one's own would need with dockerd: a daemon each. */
export interface Peer {
  readonly engine: Engine;
  readonly startMs: number;
  /** Undefined unless it was asked for. */
  readonly idleMiB?: number;
}

/** Time for a daemon to come to rest before its memory is read. */
const REST_MS = 5_000;

/** Starts a dockerd; undefined where the set-up has put none. */
export async function openPeer(
  folder: string,
  { idle }: { readonly idle: boolean },
): Promise<Peer | undefined> {
  const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));
  if (tools === undefined) return undefined;
  const before = processNamespaces();
  const started = performance.now();
  const engine = await startDockerd({
    name: 'dockerd',
    tools,
    catalog: path.join(settings.dataDir, 'catalog'),
    folder: path.join(folder, 'dockerd'),
    shared: folder,
  });
  const startMs = performance.now() - started;
  return { engine, startMs, ...(idle && { idleMiB: await idleMemory(before) }) };
}

/** MiB of all processes of the namespaces that were not there `before`. */
async function idleMemory(before: ReadonlyMap<string, number>): Promise<number> {
  await sleep(REST_MS);
  const made = [...processNamespaces()].filter(([namespace]) => !before.has(namespace)).map(([, pid]) => pid);
  const belongs = made.map(sharesProcessNamespace);
  return proportionalSet((pid) => belongs.some((each) => each(pid)) && !isHub(pid));
}

/** The stand-in for the hub is a Node process of the test, no part of dockerd. */
function isHub(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('hub.mjs');
}
