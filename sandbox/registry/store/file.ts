import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a killed process leaves ends so. */
export const DRAFT_ENDING = '.tmp';

/** Whole or not at all, also when the power goes: written beside, synced, renamed. */
export async function writeAtomically(file: string, bytes: Uint8Array | string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}${DRAFT_ENDING}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** Makes names in a folder as lasting as the files behind them. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
