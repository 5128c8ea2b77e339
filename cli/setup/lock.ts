import { spawn } from 'node:child_process';
import { join } from 'node:path';

import type { SetupContext } from './context.ts';

/**
 * Runs `action` while nobody else sets up the same data folder; others wait. The kernel keeps the lock, in a child
 * that ends with us however we end, so a killed set-up never leaves it behind.
 */
export async function withSetupLock<T>(context: SetupContext, action: () => Promise<T>): Promise<T> {
  const child = spawn('flock', [join(context.data, 'setup.lock'), 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const locked = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`The lock of the data folder cannot be had (flock: exit code ${code ?? 'none'}).`)),
    );
    context.signal.addEventListener('abort', () => reject(context.signal.reason as Error), { once: true });
  });
  try {
    await context.progress.task('Set-up', async (task) => {
      task.detail('waiting for another set-up of the same data folder');
      await locked;
    });
    return await action();
  } finally {
    child.stdin.end();
  }
}
