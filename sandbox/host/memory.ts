import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What is watched of a session. */
interface Watched {
  readonly id: string;
  readonly memoryPath: string | undefined;
}

export interface MemoryWatch {
  readonly sessions: () => Iterable<Watched>;
  readonly onKill: (id: string, message: string) => void;
}

/** A process that the kernel ended because its group had used up its memory. */
export interface MemoryKill {
  /** Path of the group whose limit was reached. */
  readonly group: string;
  /** The name that the process had; learner input. */
  readonly task: string;
}

/**
 * Follows the kernel's log: it names group and process of every such end, for control groups of both versions, and
 * costs nothing while nothing happens. Node would hold a thread of its small pool in the read, so `dmesg` does it.
 */
export function watchMemory({ sessions, onKill }: MemoryWatch): () => void {
  const child = spawn('dmesg', ['--follow-new'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  child.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const kill = parseMemoryKill(line);
    if (kill === undefined) return;
    for (const session of sessions()) {
      if (session.memoryPath === undefined || !belongs(kill.group, session.memoryPath)) continue;
      onKill(session.id, sentence(kill, session.memoryPath));
    }
  });
  return () => child.kill('SIGKILL');
}

/** A container may have a limit of its own, below that of the session. */
const sentence = ({ task, group }: MemoryKill, session: string): string =>
  group.endsWith(session)
    ? `The kernel ended \`${task}\`: the session had used all the memory it may have.`
    : `The kernel ended \`${task}\`: its container had used all the memory it may have.`;

/** `oom-kill:constraint=CONSTRAINT_MEMCG,…,oom_memcg=/group,task_memcg=/group/sub,task=name,pid=1,uid=0` (mm/oom_kill.c) */
export function parseMemoryKill(line: string): MemoryKill | undefined {
  const found =
    /oom-kill:constraint=CONSTRAINT_MEMCG,.*?oom_memcg=([^,]+),task_memcg=[^,]+,task=(.*),pid=\d+,uid=\d+/.exec(
      line,
    );
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  return { group: found[1], task: printable(found[2]) };
}

const printable = (name: string): string => name.replace(/\\x[0-9a-f]{2}|[^\x20-\x7e]|`/g, '?').slice(0, 32);

/**
 * In a container the kernel's path begins above the one that is known here. Below its own group a session names groups as
 * it likes, another one's path included: the first place where a path of ours begins is the session's.
 */
export function belongs(group: string, session: string): boolean {
  const parent = session.slice(0, session.lastIndexOf('/') + 1);
  return `${group}/`.startsWith(`${session}/`, group.indexOf(parent));
}
