import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const KIB = 1024;

/** Proportional set in MiB of all processes for which `belongs` holds: shared pages count in part (proc(5), smaps_rollup). */
export function proportionalSet(belongs: (pid: number) => boolean): number {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number);
  return (
    pids.filter((pid) => attempt(() => belongs(pid)) ?? false).reduce((sum, pid) => sum + pssKib(pid), 0) /
    KIB
  );
}

/** Whether a process lives in the process namespace of another one, or in one below it. */
export function sharesProcessNamespace(first: number): (pid: number) => boolean {
  const wanted = readlinkSync(`/proc/${first}/ns/pid`);
  return (pid) => readlinkSync(`/proc/${pid}/ns/pid`) === wanted;
}

function pssKib(pid: number): number {
  const text = attempt(() => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? '';
  return Number(/^Pss:\s+(\d+) kB$/mu.exec(text)?.[1] ?? 0);
}

/** Processes end while they are looked at. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
