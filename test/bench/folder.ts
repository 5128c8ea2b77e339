import { chmodSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const NAME = /^slipway-bench-(?<pid>\d+)-/;

/** A new folder of this process's, which others may go through. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), `slipway-bench-${process.pid}-`));
  chmodSync(folder, 0o711);
  return folder;
}

/** Those of processes that were killed. */
export async function removeAbandonedFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = NAME.exec(name)?.groups?.pid;
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await rm(path.join(tmpdir(), name), { recursive: true, force: true });
  }
}
