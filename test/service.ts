import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { settings } from './settings.ts';

/** `slipway start` as a user runs it. */
export interface Service {
  readonly url: string;
  readonly port: number;
  /** Of `slipway start` itself. */
  readonly pid: number;
  /** All that it has printed so far. */
  readonly printed: () => string;
  /** Resolves to its exit code when it has ended, -1 for a signal. */
  readonly ended: Promise<number>;
  /** Ends it as Ctrl+C does, and resolves to its exit code. */
  stop(): Promise<number>;
}

const START_LIMIT_MS = 300_000;
/** What the set-up makes once for a host; the rest of a data folder belongs to one service. */
const SHARED = ['runtime', 'workbench', 'catalog', 'page', 'app', 'tools'];

/** A data folder of its own that shares what the set-up made. */
export async function makeDataFolder(parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(path.join(parent, 'slipway-s-'));
  // The users of the server and of sessions go through it.
  await chmod(folder, 0o755);
  const there = await readdir(settings.dataDir);
  for (const name of SHARED.filter((each) => there.includes(each))) {
    await symlink(path.join(settings.dataDir, name), path.join(folder, name));
  }
  return folder;
}

export async function removeDataFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

export interface Command {
  readonly child: ChildProcess;
  readonly printed: () => string;
  /** Resolves to the exit code, -1 for a signal. */
  readonly ended: Promise<number>;
}

export interface RunOptions {
  readonly uid?: number;
  /** It gets the signal to stop when this process is gone, even killed. */
  readonly endsWithUs?: boolean;
}

/** Runs `slipway` with these arguments; both streams are kept together. */
export function runSlipway(args: readonly string[], options: RunOptions = {}): Command {
  const launcher = path.join(settings.project, 'cli/slipway.mjs');
  const within = options.endsWithUs ? ['setpriv', '--pdeathsig', 'INT'] : [];
  const [program = '', ...rest] = [...within, process.execPath, launcher, ...args];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Images are built by the tests that are about them.
    env: { PATH: process.env.PATH, HOME: '/nonexistent', IMAGES: 'none' },
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => (code as number | null) ?? -1);
  return { child, printed: () => text, ended };
}

export async function startService(
  dataDir: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Service> {
  const command = runSlipway(
    ['start', '--port', '0', '--host', '127.0.0.1', '--data-dir', dataDir, ...args],
    options,
  );
  const url = await ready(command, Date.now() + START_LIMIT_MS).catch(async (error: unknown) => {
    command.child.kill('SIGINT');
    await command.ended;
    throw error;
  });
  return {
    url,
    port: Number(new URL(url).port),
    pid: command.child.pid ?? 0,
    printed: command.printed,
    ended: command.ended,
    stop: async () => {
      command.child.kill('SIGINT');
      return command.ended;
    },
  };
}

async function ready({ child, printed }: Command, end: number): Promise<string> {
  for (;;) {
    const url = /Slipway is ready: ([^\s"]+)/u.exec(printed())?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`slipway start did not serve:\n${printed()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
