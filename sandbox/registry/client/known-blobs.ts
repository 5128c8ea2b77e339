import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import type { Digest } from '../../oci/digest.ts';
import { isDigest } from '../../oci/digest.ts';
import type { Credentials } from './credentials.ts';

/** Where a layer is known to lie in compressed form. */
export interface KnownBlob {
  readonly digest: Digest;
  /** `localhost:5000/team/tool`. */
  readonly repository: string;
  /** Tells those that this user has put there from those of others, without naming anybody. */
  readonly owner: string;
}

/** As many as dockerd remembers of a layer. */
const PER_LAYER = 50;
/** Layers; those not used for longest are forgotten first. */
const LAYERS = 2000;

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));
const schema = z.record(z.string(), z.array(z.object({ digest, repository: z.string(), owner: z.string() })));

/**
 * What registries are known to hold, by diff id, newest last: a second push asks for it before it compresses anything.
 * It is a memory, not a promise: a registry may have forgotten.
 */
export class KnownBlobs {
  readonly #file: string;
  readonly #byLayer: Map<string, readonly KnownBlob[]>;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = path.join(folder, 'known-blobs.json');
    this.#byLayer = readKnown(this.#file);
  }

  of(diffId: Digest): readonly KnownBlob[] {
    return this.#byLayer.get(diffId) ?? [];
  }

  async add(diffId: Digest, blob: KnownBlob): Promise<void> {
    const others = this.of(diffId).filter((each) => !isSame(each, blob));
    await this.#set(diffId, [...others, blob].slice(-PER_LAYER));
  }

  async forget(diffId: Digest, blob: KnownBlob): Promise<void> {
    await this.#set(
      diffId,
      this.of(diffId).filter((each) => !isSame(each, blob)),
    );
  }

  async #set(diffId: Digest, blobs: readonly KnownBlob[]): Promise<void> {
    this.#byLayer.delete(diffId);
    if (blobs.length > 0) this.#byLayer.set(diffId, blobs);
    for (const oldest of this.#byLayer.keys()) {
      if (this.#byLayer.size <= LAYERS) break;
      this.#byLayer.delete(oldest);
    }
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    const draft = `${this.#file}.draft`;
    // Only a memory: a disk that is full must not undo a push.
    await writeFile(draft, JSON.stringify(Object.fromEntries(this.#byLayer)), { mode: 0o600 })
      .then(() => rename(draft, this.#file))
      .catch(() => undefined);
  }
}

/** Empty for nobody. */
export function ownerOf({ username, password, registryToken }: Credentials, diffId: Digest): string {
  if (username === '' && registryToken === '') return '';
  const key = createHash('sha256').update(`${username}\n${password}\n${registryToken}`).digest();
  return createHmac('sha256', key).update(diffId).digest('hex');
}

function isSame(a: KnownBlob, b: KnownBlob): boolean {
  return a.digest === b.digest && a.repository === b.repository;
}

function readKnown(file: string): Map<string, readonly KnownBlob[]> {
  if (!existsSync(file)) return new Map();
  try {
    return new Map(Object.entries(z.parse(schema, JSON.parse(readFileSync(file, 'utf8')))));
  } catch {
    return new Map();
  }
}
