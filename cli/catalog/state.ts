import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hashOf } from '../setup/folder.ts';
import { findManifest, hasImage } from '../setup/layout.ts';
import type { Recipe } from './recipes.ts';

/** How far an image of the catalog is; the hub's page shows it while others are being built. */
export interface ImageState {
  readonly name: string;
  readonly summary: string;
  readonly references: readonly string[];
  readonly state: 'ready' | 'missing' | 'waiting' | 'building' | 'failed';
  /** The builder's step, or what went wrong. */
  readonly detail?: string;
}

/** Lies in the catalog, so that the web server can read it. */
export const STATE_FILE = 'images.json';

/** A recipe together with the image that it stands on: a new base makes new images. */
export async function recipeOf(catalog: string, { from, hash }: Recipe): Promise<string> {
  const base = await findManifest(catalog, `docker.io/library/${from}:latest`);
  return hashOf(hash, base?.digest ?? '');
}

export async function isBuilt(catalog: string, recipe: Recipe): Promise<boolean> {
  return hasImage(catalog, { references: recipe.references, recipe: await recipeOf(catalog, recipe) });
}

/** Writes what is known of all recipes. */
export async function writeStates(catalog: string, states: readonly ImageState[]): Promise<void> {
  const file = join(catalog, STATE_FILE);
  await writeFile(`${file}.partial`, JSON.stringify(states, null, 2));
  await rename(`${file}.partial`, file);
}

export async function readStates(catalog: string): Promise<readonly ImageState[]> {
  try {
    return JSON.parse(await readFile(join(catalog, STATE_FILE), 'utf8')) as ImageState[];
  } catch {
    return [];
  }
}
