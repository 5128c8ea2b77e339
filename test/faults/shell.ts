import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { settings } from '../settings.ts';

export interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface ShellOptions {
  readonly dockerSocket: string;
  /** `$INPUT`. */
  readonly input: string;
  /** `$N`. */
  readonly number?: number;
  readonly signal?: AbortSignal;
}

/** Runs a script for bash to its end, with the Docker CLI at hand. */
export async function shell(script: string, options: ShellOptions): Promise<Finished> {
  const child = spawn('bash', ['-ec', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      PATH: `${path.join(settings.dataDir, 'tools/docker/usr/bin')}:/usr/bin:/bin`,
      DOCKER_HOST: `unix://${options.dockerSocket}`,
      HOME: options.input,
      INPUT: options.input,
      N: String(options.number ?? 0),
    },
  });
  const kill = (): void => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  options.signal?.addEventListener('abort', kill, { once: true });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, output, errors };
}
