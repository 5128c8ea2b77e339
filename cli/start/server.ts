import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

import { portFailure } from '../requirements.ts';

/**
 * Keeps the web server running: an unprivileged child that is started again when it crashes, later and later while it
 * keeps crashing. Machines go on meanwhile.
 */

export interface ServerProcess {
  /** Where the page is, once it answers. */
  readonly url: string;
  readonly stop: () => Promise<void>;
  /** Ends the process and starts it again at once, for what it reads at its start. Machines go on. */
  readonly renew: () => Promise<void>;
}

export interface ServerProcessOptions {
  /** Node's binary and the server's bundle, both readable for everybody. */
  readonly node: string;
  readonly program: string;
  readonly user: { readonly uid: number; readonly gid: number };
  /** What the server is told; a port of 0 becomes the one that its first start got. */
  readonly options: { readonly host: string; readonly port: number } & Readonly<Record<string, unknown>>;
  /** Serves the supervisor's calls over the channel of a new child; returns the end of it. */
  readonly connect: (child: ChildProcess) => () => void;
  readonly say: (sentence: string) => void;
}

const FIRST_PAUSE_MS = 1_000;
const RENEWAL_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 30_000;
/** A server that lived for so long was well: the next crash counts as the first. */
const HEALTHY_MS = 60_000;
const STOP_GRACE_MS = 5_000;

export async function runServer(options: ServerProcessOptions): Promise<ServerProcess> {
  const first = await startServer(options, options.options.port);
  const keeper = keepRunning(options, first);
  return { url: first.url, ...keeper };
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** Resolves when the process is gone, with a few words about how. */
  readonly ended: Promise<string>;
}

function keepRunning(options: ServerProcessOptions, first: Running): Pick<ServerProcess, 'stop' | 'renew'> {
  const stopping = new AbortController();
  let current: Running | undefined = first;
  /** Told when the process that follows a wished end answers. */
  let renewed: (() => void) | undefined;
  const loop = async (): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    let running = first;
    for (;;) {
      const since = Date.now();
      const how = await running.ended;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
      const wished = renewed !== undefined;
      if (!wished) options.say(`The web server ended (${how}); it starts again in ${pauseMs / 1000} s.`);
      current = undefined;
      const next = await restart(options, first.port, wished ? RENEWAL_PAUSE_MS : pauseMs, stopping.signal);
      if (next === undefined) return;
      running = current = next.running;
      pauseMs = wished ? FIRST_PAUSE_MS : Math.min(next.pauseMs * 2, LONGEST_PAUSE_MS);
      if (!wished) options.say('The web server is back.');
      renewed?.();
      renewed = undefined;
    }
  };
  const done = loop();
  return {
    renew: async () => {
      if (!current || renewed) return;
      const back = new Promise<void>((resolve) => (renewed = resolve));
      await endProcess(current);
      await Promise.race([back, done]);
    },
    stop: async () => {
      stopping.abort();
      if (current) await endProcess(current);
      await done;
    },
  };
}

async function restart(
  options: ServerProcessOptions,
  port: number,
  firstPauseMs: number,
  signal: AbortSignal,
): Promise<{ running: Running; pauseMs: number } | undefined> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    await sleep(pauseMs, undefined, { signal, ref: true }).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      return { running: await startServer(options, port), pauseMs };
    } catch (error) {
      options.say(`The web server did not start: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/**
 * What the server says beside its calls to the supervisor; see server/options.ts. The server speaks to strangers and may
 * have been taken over by one: nothing that it says may end this process, which is root.
 */
const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('slipway-listening'), url: z.url() }),
  z.object({ type: z.literal('slipway-start-failed'), message: z.string(), code: z.string().optional() }),
]);

async function startServer(options: ServerProcessOptions, port: number): Promise<Running> {
  const { host } = options.options;
  const child = fork(options.program, [JSON.stringify({ ...options.options, port })], {
    execPath: options.node,
    execArgv: [],
    ...options.user,
    cwd: '/',
    // Nothing of root's environment; and a process group of its own, so that Ctrl+C reaches us alone.
    env: { NODE_ENV: 'production', PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const disconnect = options.connect(child);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      disconnect();
      resolve(signal ?? `exit code ${code ?? 'unknown'}`);
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.on('message', (raw: unknown) => {
      const said = messageSchema.safeParse(raw).data;
      if (said?.type === 'slipway-listening') resolve(said.url);
      else if (said !== undefined)
        reject(portFailure(Object.assign(new Error(said.message), { code: said.code }), host, port));
    });
    void ended.then((how) => reject(new Error(`The web server ended before it answered (${how}).`)));
  });
  return { child, url, port: Number(new URL(url).port), ended };
}

async function endProcess({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await ended;
  clearTimeout(deadline);
}
