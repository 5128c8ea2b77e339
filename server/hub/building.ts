import { readFile } from 'node:fs/promises';
import { watchFile, unwatchFile } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { HubBuild } from './protocol.ts';

/** Written by whoever builds the catalog (cli/catalog/state.ts). */
const STATE_FILE = 'images.json';
const EVERY_MS = 1000;
const DETAIL_MAX = 300;
const IMAGES_MAX = 200;

const schema = z
  .array(
    z.object({
      name: z.string(),
      summary: z.string(),
      state: z.enum(['ready', 'missing', 'waiting', 'building', 'failed']),
      detail: z.string().exactOptional(),
    }),
  )
  .max(IMAGES_MAX);

/** Official images that are not there yet: what is built, what waits, and what went wrong. */
export async function readBuilding(catalog: string): Promise<HubBuild[]> {
  const text = await readFile(path.join(catalog, STATE_FILE), 'utf8').catch(() => '[]');
  const states = schema.safeParse(parse(text)).data ?? [];
  return states.flatMap(({ name, summary, state, detail = '' }) =>
    state === 'ready' ? [] : [{ name, summary, state, detail: detail.slice(0, DETAIL_MAX) }],
  );
}

/** Calls `changed` after each change; returns the way to stop. By looking: the file is replaced, and may not be there yet. */
export function watchBuilding(catalog: string, changed: () => void): () => void {
  const file = path.join(catalog, STATE_FILE);
  watchFile(file, { interval: EVERY_MS, persistent: false }, changed);
  return () => unwatchFile(file, changed);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}
