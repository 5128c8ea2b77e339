import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '../layer/tree.ts';
import type { Digest } from '../oci/digest.ts';
import { fromHex, hexOf } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import { releaseLayers } from './layers.ts';
import { withoutUnsettled } from './names.ts';
import { bootId } from './settling.ts';
import { pinnedDigests } from './store.ts';

/**
 * Makes the store whole when it is opened. After the end of an engine, whatever it was doing, that is: removing what
 * no image has. After a cut of the machine's power also: removing the images of which something is not as it was.
 */
export async function sweep(context: ImageContext): Promise<void> {
  const { layers, store } = context;
  await sweepDrafts(layers.own);
  await dropDamaged(context);
  await releaseLayers(context, namesIn(layers.own).map(fromHex));
  await layers.sweepRecords();
  await sweepBlobs(context);
  if (store.names.unsettled !== undefined) store.settling.touch();
}

const LAYER = /^[0-9a-f]{64}$/;

async function sweepDrafts(folder: string): Promise<void> {
  for (const name of namesIn(folder)) if (!LAYER.test(name)) await removeTree(path.join(folder, name));
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Images that cannot be read, and those with a layer that is gone or damaged. */
async function dropDamaged(context: ImageContext): Promise<void> {
  const { layers, store } = context;
  const damaged = await damagedLayers(context);
  for (const id of store.ids()) {
    const summary = await store.summary(id).catch(() => undefined);
    const whole = summary?.diffIds.every((each) => !damaged.has(each) && layers.find(each) !== undefined);
    if (whole !== true) await store.drop(id);
  }
  for (const diffId of damaged) await removeTree(path.join(layers.own, hexOf(diffId)));
}

/** Of those that may not have reached the disk before the machine went down. */
async function damagedLayers({ layers, store }: ImageContext): Promise<Set<Digest>> {
  const { unsettled } = store.names;
  const damaged = new Set<Digest>();
  if (unsettled === undefined || unsettled.boot === bootId()) return damaged;
  const { isWhole } = await import('../layer/archived.ts');
  for (const diffId of unsettled.layers) {
    const folder = path.join(layers.own, hexOf(diffId));
    if (existsSync(folder) && !(await isWhole(layers, diffId))) damaged.add(diffId);
  }
  await store.change((names) => withoutUnsettled(names, new Set(unsettled.layers)));
  return damaged;
}

async function sweepBlobs({ store, content }: ImageContext): Promise<void> {
  const known = new Set([...store.ids(), ...pinnedDigests(store.names)]);
  for (const digest of await content.list()) if (!known.has(digest)) await content.delete(digest);
}
