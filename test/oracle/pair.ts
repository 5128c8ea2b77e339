import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { openMachines, type Machines } from '../machines.ts';
import { settings } from '../settings.ts';
import { startDockerd } from './dockerd.ts';
import type { Engine } from './engine.ts';
import { startSession } from './session.ts';
import { reset } from './state.ts';
import type { OracleTools } from './tools.ts';

/** Two engines to be compared, each with the base images and nothing else. */
export interface Pair {
  readonly real: Engine;
  /** A session of ours; a second dockerd when the table is to be compared with itself. */
  readonly ours: Engine;
  /** Removes both and every trace. */
  stop(): Promise<void>;
}

/** The table needs room for what a row holds at once, not a learner's limits. */
const LIMITS = { memoryBytes: 2 * 1024 ** 3, processes: 2048, cpus: 2 };

export async function startPair(tools: OracleTools): Promise<Pair> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-oracle-'));
  const shared = await mkdtemp(path.join(tmpdir(), 'slipway-rows-'));
  const catalog = path.join(settings.dataDir, 'catalog');
  let machines: Machines | undefined;
  const dockerd = async (name: string): Promise<Engine> =>
    startDockerd({ name, tools, catalog, folder: path.join(folder, name), shared });
  const session = async (): Promise<Engine> => {
    machines = await openMachines(LIMITS);
    return startSession(machines, shared);
  };
  const started = await Promise.allSettled([
    dockerd('one'),
    settings.oracle === 'self' ? dockerd('two') : session(),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(async (each) => each.status === 'fulfilled' && each.value.stop()));
    await machines?.close();
    for (const each of [folder, shared]) await rm(each, { recursive: true, force: true });
  };
  const [real, ours] = started;
  if (real.status === 'rejected' || ours.status === 'rejected') {
    await stop();
    throw new Error('the engines did not start', {
      cause: [real, ours].map((each) => each.status === 'rejected' && (each.reason as unknown)),
    });
  }
  await Promise.all([real.value, ours.value].map(reset));
  return { real: real.value, ours: ours.value, stop };
}
