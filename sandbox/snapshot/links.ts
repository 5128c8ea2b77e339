import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** 22 characters of base64url carry 132 bits of the digest: enough to be its only name. */
const LINK_LENGTH = 22;
const DRAFT = '.new';

/**
 * Short names for layer folders, as symbolic links in `<root>/l`: 125 layers must fit into the one page of options
 * that a mount may have. Each is relative to `root`.
 */
export class LayerLinks {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(path.join(root, 'l'), { recursive: true });
  }

  /** Removes links to layers that are gone, and those that were never finished. */
  sweep(): void {
    const folder = path.join(this.#root, 'l');
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (name.endsWith(DRAFT) || !existsSync(file)) rmSync(file);
    }
  }

  /** The link that leads to `folder`, made or corrected. `hex` is what the folder is named after. */
  ensure(folder: string, hex: string): string {
    const link = `l/${Buffer.from(hex, 'hex').toString('base64url').slice(0, LINK_LENGTH)}`;
    const target = path.relative(path.join(this.#root, 'l'), folder);
    const file = path.join(this.#root, link);
    if (this.#read(file) !== target) {
      symlinkSync(target, file + DRAFT);
      renameSync(file + DRAFT, file);
    }
    return link;
  }

  #read(file: string): string | undefined {
    try {
      return readlinkSync(file);
    } catch {
      return undefined;
    }
  }
}
