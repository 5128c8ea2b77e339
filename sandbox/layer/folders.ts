import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';

/**
 * Where layers lie, each in a folder named after the hexadecimal digits of its diff id: those of this session,
 * which come and go, and those of the catalog, which are shared and read-only.
 */
export class LayerFolders {
  readonly own: string;
  readonly shared: string;

  constructor(own: string, shared: string) {
    this.own = own;
    this.shared = shared;
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
}
