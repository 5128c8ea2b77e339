import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { hasRecord } from './record.ts';
import { removeTree } from './tree.ts';

/** A layer that is being made. Its names are no digests: whoever finds it after a crash may remove it. */
export interface LayerDraft {
  /** There, and empty. */
  readonly folder: string;
  /** Where a record of its archive may be put, see `record.ts`; not there yet. */
  readonly record: string;
}

/**
 * Where layers lie, each in a folder named after the hexadecimal digits of its diff id: those of this session,
 * which come and go, and those of the catalog, which are shared and read-only. A layer of this session that came as an
 * archive has a record beside it, in a folder of the same name: what its archive is to be written from again.
 */
export class LayerFolders {
  readonly own: string;
  readonly shared: string;
  readonly records: string;

  constructor(own: string, shared: string, records = `${own}-records`) {
    this.own = own;
    this.shared = shared;
    this.records = records;
  }

  find(diffId: Digest): string | undefined {
    return [this.own, this.shared]
      .map((parent) => path.join(parent, hexOf(diffId)))
      .find((folder) => lstatSync(folder, { throwIfNoEntry: false })?.isDirectory());
  }

  /** As `find`; throws `EngineError('not-found')`. */
  get(diffId: Digest): string {
    const folder = this.find(diffId);
    if (folder === undefined) throw new EngineError('not-found', `layer ${diffId} does not exist`);
    return folder;
  }

  /** Undefined for a layer of the catalog, and for one that never was an archive. */
  recordOf(diffId: Digest): string | undefined {
    const record = path.join(this.records, hexOf(diffId));
    return hasRecord(record) ? record : undefined;
  }

  draft(): LayerDraft {
    const name = `draft-${randomBytes(8).toString('hex')}`;
    const folder = path.join(this.own, name);
    mkdirSync(folder, { recursive: true });
    return { folder, record: path.join(this.records, name) };
  }

  /** Makes the draft the layer `diffId`, at one stroke; when that one is there already, the draft just goes. */
  async publish(draft: LayerDraft, diffId: Digest): Promise<void> {
    if (this.find(diffId) === undefined) {
      const record = path.join(this.records, hexOf(diffId));
      await removeTree(record);
      if (hasRecord(draft.record)) renameSync(draft.record, record);
      renameSync(draft.folder, path.join(this.own, hexOf(diffId)));
    }
    await this.discard(draft);
  }

  async discard({ folder, record }: LayerDraft): Promise<void> {
    await removeTree(folder);
    await removeTree(record);
  }

  /** Removes a layer of this session. Idempotent; that nothing stands on it is the caller's to know. */
  async remove(diffId: Digest): Promise<void> {
    await removeTree(path.join(this.own, hexOf(diffId)));
    await removeTree(path.join(this.records, hexOf(diffId)));
  }
}
