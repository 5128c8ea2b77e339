import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

/** Where a running container's processes can be found. */
export interface RunningContainer {
  /** Of its first process, as the session sees it. */
  readonly pid: number;
  /** A `cgroup.procs` that lists its processes, where it has a control group of its own. */
  readonly processList?: string;
}

/**
 * Process ids of everything that runs in the container, `docker exec` included, as the session sees them. The OCI
 * runtime's own processes are in the control group too, but outside of the container's process namespace.
 */
export async function processesOf({ pid, processList }: RunningContainer): Promise<number[]> {
  const [namespace, session] = await Promise.all([pidNamespaceOf(pid), pidNamespaceOf(process.pid)]);
  if (namespace === undefined) return [];
  const candidates =
    processList === undefined ? await allProcesses() : await processesBelow(path.dirname(processList));
  const namespaces = await Promise.all(candidates.map(pidNamespaceOf));
  const belongs = (each: string | undefined): boolean =>
    processList === undefined || namespace === session ? each === namespace : each !== session;
  return candidates.filter((_, index) => namespaces[index] !== undefined && belongs(namespaces[index]));
}

async function allProcesses(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** A program in the container may have made groups of its own. */
async function processesBelow(folder: string): Promise<number[]> {
  const [text, entries] = await Promise.all([
    readFile(path.join(folder, 'cgroup.procs'), 'utf8').catch(() => ''),
    readdir(folder, { withFileTypes: true }).catch(() => []),
  ]);
  const own = text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
  const inner = entries.filter((entry) => entry.isDirectory());
  const below = await Promise.all(inner.map((entry) => processesBelow(path.join(folder, entry.name))));
  return [...own, ...below.flat()].sort((one, other) => one - other);
}

async function pidNamespaceOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}
