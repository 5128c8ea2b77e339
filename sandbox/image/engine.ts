import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Reference } from '../oci/reference.ts';
import type { ImageContext } from './context.ts';
import type { CommitOptions, ContainerImages, Image, ImageSide } from './images.ts';
import { releaseLayers, sweep } from './layers.ts';
import { lookUp } from './lookup.ts';
import type { Progress } from './progress.ts';
import type { PullOptions } from './pull.ts';
import { pull } from './pull.ts';
import type { RemoveOptions, Removed } from './remove.ts';
import { remove } from './remove.ts';
import { tag } from './tag.ts';

/** All verbs about images. Those that change images wait for each other; those that read do not. */
export class ImageEngine implements ImageSide, ContainerImages {
  readonly #context: ImageContext;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: ImageContext) {
    this.#context = context;
  }

  get images(): ContainerImages {
    return this;
  }

  get snapshots() {
    return this.#context.snapshots;
  }

  async resolve(reference: string): Promise<Image> {
    const id = lookUp(this.#context.store, reference);
    return { id, config: await this.#context.store.config(id) };
  }

  async commit(options: CommitOptions): Promise<Digest> {
    throw new EngineError('not-implemented', `commit of ${options.snapshot} is not built yet`);
  }

  /** See `pull`; one pull at a time. */
  async *pull(options: PullOptions): AsyncGenerator<Progress> {
    yield* pull(this.#context, options);
  }

  async tag(source: string, target: Reference): Promise<void> {
    const id = lookUp(this.#context.store, source);
    await this.#inTurn(() => tag(this.#context, id, target));
  }

  async remove(reference: string, options: RemoveOptions): Promise<Removed[]> {
    return this.#inTurn(() => remove(this.#context, reference, options));
  }

  async releaseLayers(diffIds: readonly Digest[]): Promise<void> {
    await releaseLayers(this.#context, diffIds);
  }

  async sweep(): Promise<void> {
    await sweep(this.#context);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
