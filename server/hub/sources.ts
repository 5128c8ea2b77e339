import type { Digest } from '../../sandbox/oci/digest.ts';
import type { DiskStore } from '../../sandbox/registry/store/disk.ts';
import { namespaceOf } from '../../sandbox/registry/store/names.ts';
import type {
  ImageSource,
  Referrer,
  StoredBlob,
  StoredManifest,
} from '../../sandbox/registry/store/source.ts';

export const OFFICIAL = 'library';

export interface HubSources {
  /** What learners push. */
  readonly store: DiskStore;
  /** The official images. */
  readonly catalog?: ImageSource | undefined;
  /** What others have, fetched when somebody asks for it. */
  readonly upstream?: ImageSource | undefined;
  /** Whether somebody here has the namespace, so that nothing of another registry may stand in it. */
  readonly taken: (namespace: string) => boolean;
}

/** All that can be pulled: the catalog, learners' repositories, and behind both what another registry has. */
export class HubSource implements ImageSource {
  readonly #sources: HubSources;

  constructor(sources: HubSources) {
    this.#sources = sources;
  }

  async names(): Promise<readonly string[]> {
    const { store, catalog } = this.#sources;
    return [...(await store.names()), ...((await catalog?.names()) ?? [])].sort();
  }

  has(name: string): Promise<boolean> {
    return this.#first(name, async (source) => (await source.has(name)) || undefined).then(Boolean);
  }

  blob(name: string, digest: Digest): Promise<StoredBlob | undefined> {
    return this.#first(name, (source) => source.blob(name, digest));
  }

  manifest(name: string, reference: string): Promise<StoredManifest | undefined> {
    return this.#first(name, (source) => source.manifest(name, reference));
  }

  tags(name: string): Promise<readonly string[] | undefined> {
    return this.#first(name, (source) => source.tags(name));
  }

  async referrers(name: string, subject: Digest): Promise<readonly Referrer[]> {
    const [source] = this.#of(name);
    return (await source?.referrers(name, subject)) ?? [];
  }

  /** The first that has it. */
  async #first<T>(
    name: string,
    ask: (source: ImageSource) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (const source of this.#of(name)) {
      const found = await ask(source);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of(name: string): ImageSource[] {
    const { store, catalog, upstream, taken } = this.#sources;
    const namespace = namespaceOf(name);
    const own = namespace === OFFICIAL ? catalog : store;
    const outside = taken(namespace) ? undefined : upstream;
    return [own, outside].filter((each) => each !== undefined);
  }
}
