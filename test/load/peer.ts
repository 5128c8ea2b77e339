import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { startDockerd } from '../oracle/dockerd.ts';
import type { Engine } from '../oracle/engine.ts';
import { findOracleTools } from '../oracle/tools.ts';
import { settings } from '../settings.ts';
import { familyOf, processSeconds, proportionalBytes } from './meter.ts';

const run = promisify(execFile);

/** Daemons at once, so that what they share counts in part for each. */
const DAEMONS = 3;
/** Time to come to rest, and time in which the processor's use is counted, in milliseconds. */
const REST_MS = 10_000;

/** What a learner who has begun leaves running: an image that was built, and a container. */
export const BEGUN = `docker pull -q busybox && docker run -d busybox sleep 100000 &&
printf 'FROM busybox\\nRUN echo built >/built\\n' | docker build -q -`;

/** Of one learner, all processes that are there for them alone. */
export interface Footprint {
  readonly idleBytes: number;
  /** Thousandths of one processor. */
  readonly idleCpuMilli: number;
  /** After `BEGUN`. */
  readonly begunBytes: number;
}

/** One's own dockerd for each of a few learners, as docker-in-docker gives it; undefined where there is no dockerd. */
export async function measureDaemons(folder: string): Promise<Footprint | undefined> {
  const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));
  if (!tools) return undefined;
  const catalog = path.join(settings.dataDir, 'catalog');
  const daemons: Engine[] = [];
  try {
    for (let number = 1; number <= DAEMONS; number++) {
      const name = `dockerd-${number}`;
      daemons.push(
        await startDockerd({ name, tools, catalog, folder: path.join(folder, name), shared: folder }),
      );
    }
    const processes = (): number[] => daemons.flatMap(({ dockerHost }) => processesOf(dockerHost));
    await sleep(REST_MS);
    const idleBytes = proportionalBytes(processes());
    const before = processSeconds(processes());
    await sleep(REST_MS);
    const seconds = processSeconds(processes()) - before;
    for (const { dockerHost } of daemons)
      await run('sh', ['-c', BEGUN], {
        env: { PATH: `${path.dirname(tools.docker)}:/usr/bin:/bin`, DOCKER_HOST: dockerHost, HOME: folder },
      });
    await sleep(REST_MS);
    return {
      idleBytes: idleBytes / DAEMONS,
      idleCpuMilli: (seconds / (REST_MS / 1000) / DAEMONS) * 1000,
      begunBytes: proportionalBytes(processes()) / DAEMONS,
    };
  } finally {
    for (const daemon of daemons) await daemon.stop();
  }
}

/** The daemon and all below it. Its first process is named by its socket; the stand-in for the hub is none of them. */
function processesOf(dockerHost: string): number[] {
  const socket = dockerHost.replace('unix://', '');
  const first = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .find((pid) => isInit(pid, socket));
  return first === undefined
    ? []
    : familyOf(Number(first)).filter((pid) => !commandOf(pid).includes('hub.mjs'));
}

const isInit = (pid: string, socket: string): boolean => {
  const command = commandOf(pid);
  return command.includes(socket) && /(^|\/)tini[^\0]*\0/u.test(command);
};

function commandOf(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
