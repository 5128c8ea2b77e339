import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The network and the files of an engine that runs in namespaces of its own. */
export interface Inside {
  /** Runs a command there, and returns what it printed. */
  run(...argv: readonly string[]): Promise<string>;
  /** Starts a program there that stays; `stop` ends it. Resolves when it has printed something, or at once. */
  start(argv: readonly string[], options?: { readonly untilItPrints?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** `pid` is a process in those namespaces. */
export function inside(pid: number): Inside {
  const enter = ['--target', String(pid), '--mount', '--net', '--'];
  const children: ChildProcess[] = [];
  return {
    run: async (...argv) => (await run('nsenter', [...enter, ...argv])).stdout,
    start: async (argv, { untilItPrints = false } = {}) => {
      const child = spawn('nsenter', [...enter, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      if (untilItPrints) await once(child.stdout, 'data');
      child.stdout.resume();
    },
    stop: async () => {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit');
        }),
      );
    },
  };
}

/** The process whose command line has all of `words`, and that has no child which has, too. */
export function processWith(...words: readonly string[]): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((name) => words.every((word) => read(`/proc/${name}/cmdline`).includes(word)))
    .map(Number);
  const parents = new Set(
    found.map((pid) => Number(/^PPid:\s*(\d+)$/mu.exec(read(`/proc/${pid}/status`))?.[1])),
  );
  const leaf = found.find((pid) => !parents.has(pid));
  if (leaf === undefined) throw new Error(`No process with ${words.join(' ')} runs.`);
  return leaf;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
