import { open, rm } from 'node:fs/promises';
import { detectCgroups } from './cgroup/detect.ts';
import { hostLayout } from './layout.ts';
import { sweep } from './sweep.ts';
import { cgroupsOf, tryLock } from './work.ts';

/**
 * Removes a supervisor's data folder with all that its sessions have left on the host, unless a supervisor runs on it.
 * True when it is gone.
 */
export async function removeAbandoned(dataDir: string): Promise<boolean> {
  const layout = hostLayout(dataDir);
  const lock = await open(layout.lock, 'w', 0o600);
  try {
    if (!(await tryLock(lock.fd))) return false;
    await sweep(layout, cgroupsOf(await detectCgroups(), layout.cgroupName));
    await rm(dataDir, { recursive: true, force: true });
    return true;
  } finally {
    await lock.close();
  }
}
