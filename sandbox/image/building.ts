import { Shell } from '../layer/shell.ts';
import { removeTree } from '../layer/tree.ts';
import type { ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import type { Step } from './steps.ts';
import { addStep, digestLayer } from './steps.ts';

/** The half of the image store that the builder uses. */
export class Building {
  readonly #context: ImageContext;
  readonly #shell = new Shell('sh');
  readonly #inTurn: <T>(work: () => Promise<T>) => Promise<T>;

  /** `inTurn` makes changes of images wait for each other. */
  constructor(context: ImageContext, inTurn: <T>(work: () => Promise<T>) => Promise<T>) {
    this.#context = context;
    this.#inTurn = inTurn;
  }

  config(id: Digest): Promise<ImageConfig> {
    return this.#context.store.config(id);
  }

  parent(id: Digest): Digest | undefined {
    return this.#context.store.record(id).parent;
  }

  async children(
    parent: Digest | undefined,
  ): Promise<{ readonly id: Digest; readonly config: ImageConfig }[]> {
    const { store } = this.#context;
    return Promise.all(store.childrenOf(parent).map(async (id) => ({ id, config: await store.config(id) })));
  }

  /** See `addStep`. */
  async addStep(step: Step): Promise<Digest> {
    const layer = step.layer === undefined ? undefined : await digestLayer(step.layer, this.#shell);
    const release = this.#context.store.hold(layer ? [layer.diffId] : []);
    try {
      return await this.#inTurn(() => addStep(this.#context, step, layer));
    } finally {
      release();
    }
  }

  /** An image whose layers are all there. */
  async add(config: ImageConfig, parent: Digest | undefined): Promise<Digest> {
    const bytes = Buffer.from(JSON.stringify(config));
    return this.#inTurn(() => this.#context.store.add(bytes, parent === undefined ? {} : { parent }));
  }

  async setParent(id: Digest, parent: Digest): Promise<void> {
    await this.#inTurn(() =>
      this.#context.store.change((names) => ({
        ...names,
        images: new Map(names.images).set(id, { ...names.images.get(id), parent }),
      })),
    );
  }

  /** Calls `use` with an empty folder for `Step.layer`; it is gone when `use` fails. */
  async inDraft<T>(use: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.draftLayer();
    try {
      return await use(folder);
    } catch (error) {
      await removeTree(folder);
      throw error;
    }
  }

  /** An empty folder for `Step.layer`. */
  draftLayer(): string {
    return this.#context.layers.draft().folder;
  }

  /** Where a layer's files lie. */
  layerFolder(diffId: Digest): string | undefined {
    return this.#context.layers.find(diffId);
  }

  /** See `OverlaySnapshots.view`. */
  view<T>(diffIds: readonly Digest[], use: (root: string) => Promise<T>): Promise<T> {
    return this.#context.snapshots.view(diffIds, use);
  }
}
