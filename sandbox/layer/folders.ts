import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { hasRecord } from './record-file.ts';
import { removeTree } from './tree.ts';

/** Name of a finished layer. */
const LAYER = /^[0-9a-f]{64}$/;

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

  /**
   * Makes the draft the layer `diffId`, at one stroke: this is the only place where a layer appears. When that one is
   * there already, the draft just goes, and the answer is false.
   */
  async publish(draft: Partial<LayerDraft> & Pick<LayerDraft, 'folder'>, diffId: Digest): Promise<boolean> {
    const isNew = this.find(diffId) === undefined;
    if (isNew) {
      mkdirSync(this.own, { recursive: true });
      await this.removeRecord(diffId);
      if (draft.record !== undefined && hasRecord(draft.record)) {
        renameSync(draft.record, path.join(this.records, hexOf(diffId)));
      }
      renameSync(draft.folder, path.join(this.own, hexOf(diffId)));
    }
    await this.discard(draft);
    return isNew;
  }

  async discard({ folder, record }: Partial<LayerDraft>): Promise<void> {
    if (folder !== undefined) await removeTree(folder);
    if (record !== undefined) await removeTree(record);
  }

  /** Of a layer that is there no more. Idempotent. */
  async removeRecord(diffId: Digest): Promise<void> {
    const record = path.join(this.records, hexOf(diffId));
    if (existsSync(path.join(this.own, hexOf(diffId))) || !existsSync(record)) return;
    // At once, so that a record which comes now is not taken for it.
    const gone = path.join(this.records, `gone-${randomBytes(8).toString('hex')}`);
    renameSync(record, gone);
    await removeTree(gone);
  }

  /** Removes drafts of records, and records of layers that are not there. */
  async sweepRecords(): Promise<void> {
    const names = existsSync(this.records) ? readdirSync(this.records) : [];
    for (const name of names) {
      if (!existsSync(path.join(this.own, name)) || !LAYER.test(name))
        await removeTree(path.join(this.records, name));
    }
  }
}
