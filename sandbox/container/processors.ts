import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Run } from './container.ts';
import { processesOf } from './processes.ts';

const run = promisify(execFile);

/** Words to put in front of a command so that it, and all that it starts, runs on these processors only. */
export function onProcessors(cpus: string): string[] {
  return cpus === '' ? [] : ['taskset', '--cpu-list', cpus];
}

/**
 * The same for what runs already. A session has no control group for this: it is the affinity that each process has,
 * and hands on to its children.
 */
export async function keepToProcessors(cpus: string, { process, cgroup }: Run): Promise<void> {
  const list = cgroup?.entrances[0];
  const pids = await processesOf({ pid: process.pid, ...(list !== undefined && { processList: list }) });
  for (const pid of pids) {
    // It may have ended by now.
    await run('taskset', ['--all-tasks', '--pid', '--cpu-list', cpus, String(pid)]).catch(() => undefined);
  }
}
