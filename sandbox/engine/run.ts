import { spawn, type ChildProcess } from 'node:child_process';
import { readObject } from '../api/body.ts';
import { sendJson } from '../api/respond.ts';
import type { Call, Route } from '../api/router.ts';
import { EngineError } from '../oci/errors.ts';
import { signalWithin } from '../time/limit.ts';
import type { ScriptResult } from './routes.ts';

/** Of standard output and error together; what follows is read and dropped. */
const OUTPUT_MAX_BYTES = 64 * 1024;
const SCRIPT_MAX = 512 * 1024;
const TIME_MAX_MS = 120_000;
/** Scripts of lessons at once: those that judge, and one that sets up. */
const RUNNING_MAX = 4;

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
}

/** Shell lines of a lesson, run beside the learner's terminals: to set a step up, or to look at what no API tells. */
export function runRoutes(options: RunOptions): Route[] {
  let running = 0;
  const handle = async (call: Call): Promise<void> => {
    const { script, timeoutMs } = await readObject(call);
    if (typeof script !== 'string' || script.length > SCRIPT_MAX)
      throw new EngineError('invalid', 'There is no script to run.');
    if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= TIME_MAX_MS))
      throw new EngineError('invalid', `A script takes up to ${TIME_MAX_MS} ms.`);
    if (running >= RUNNING_MAX) throw new EngineError('unavailable', 'Too many scripts are running.');
    running += 1;
    try {
      const signal = signalWithin(timeoutMs, call.signal);
      sendJson(call.response, 200, await runScript(script, options, signal));
    } finally {
      running -= 1;
    }
  };
  return [{ method: 'POST', path: '/slipway/run', handle }];
}

/** Resolves when the shell has ended. When `signal` aborts, it is killed with all that it has begun. */
async function runScript(
  script: string,
  { env, home }: RunOptions,
  signal: AbortSignal,
): Promise<ScriptResult> {
  const child = spawn('/bin/bash', ['-l'], {
    cwd: home,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: home,
      USER: 'root',
      LANG: 'C.UTF-8',
      ...env,
    },
    // A process group of its own, so that nothing it begins stays behind.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const kill = () => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });
  try {
    child.stdin.on('error', () => undefined);
    child.stdin.end(script);
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      // Not `close`: what it left in the background may hold its output open.
      child.on('exit', (code) => resolve(code ?? -1));
    });
    return { exitCode: signal.aborted ? -1 : exitCode, timedOut: signal.aborted, output: await output() };
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** Gathers what is printed; the answer waits a moment for what is still on its way. */
function collect(child: ChildProcess): () => Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const ended = [child.stdout, child.stderr].map(
    (stream) =>
      new Promise<void>((resolve) => {
        stream?.on('data', (chunk: Buffer) => {
          if (size < OUTPUT_MAX_BYTES) chunks.push(chunk.subarray(0, OUTPUT_MAX_BYTES - size));
          size += chunk.length;
        });
        stream?.on('close', resolve);
      }),
  );
  return async () => {
    killGroup(child);
    await Promise.all(ended);
    return Buffer.concat(chunks).toString('utf8');
  };
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone.
  }
}
