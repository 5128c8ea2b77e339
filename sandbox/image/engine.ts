import type { ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Reference } from '../oci/reference.ts';
import type { ImportOptions } from './archive/import.ts';
import type { LoadOptions } from './archive/load.ts';
import { Building } from './building.ts';
import { commit } from './commit.ts';
import type { ImageContext } from './context.ts';
import type { ImageDocument } from './documents.ts';
import type { FileInImage } from './file.ts';
import { readFileInImage } from './file.ts';
import type { FileLayers } from './file-layers.ts';
import type { LayerFiles } from './layer-files.ts';
import type { ShownImage, Stack } from './stacks.ts';
import type { HistoryItem } from './history.ts';
import { history } from './history.ts';
import type { CommitOptions, ContainerImages, Image, ImageSide } from './images.ts';
import { inspect } from './inspect.ts';
import { layerSizes, releaseLayers } from './layers.ts';
import type { ImageSummary, ListOptions } from './list.ts';
import { list, sum } from './list.ts';
import { lookUp } from './lookup.ts';
import type { Progress } from './progress.ts';
import type { PullOptions } from './pull.ts';
import { pull } from './pull.ts';
import type { PushOptions } from './push.ts';
import { push } from './push.ts';
import type { PruneOptions, PruneReport } from './prune.ts';
import { prune } from './prune.ts';
import type { Remote } from './remote.ts';
import type { RemoveOptions, Removed } from './remove.ts';
import { remove } from './remove.ts';
import { sweep } from './sweep.ts';
import { tag } from './tag.ts';
import type { ImageUsage } from './usage.ts';
import { diskUsage } from './usage.ts';

/** Passes the lines of a pull or push on, and may look at them. */
export type TransferObserver = (
  verb: 'pull' | 'push',
  reference: Reference,
  lines: AsyncGenerator<Progress>,
) => AsyncGenerator<Progress>;

/** All verbs about images. Those that change images wait for each other; those that read do not. */
export class ImageEngine implements ImageSide, ContainerImages {
  /** What the builder needs beside the verbs. */
  readonly building: Building;
  /** Is told of every pull and push, when somebody wants to know. */
  transfers: TransferObserver | undefined;
  readonly #context: ImageContext;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: ImageContext) {
    this.#context = context;
    this.building = new Building(context, async (work) => this.#inTurn(work));
  }

  get images(): ContainerImages {
    return this;
  }

  get snapshots() {
    return this.#context.snapshots;
  }

  /** Other registries. */
  get remote(): Remote {
    return this.#context.remote;
  }

  async resolve(reference: string): Promise<Image> {
    const id = lookUp(this.#context.store, reference);
    return { id, config: await this.#context.store.config(id) };
  }

  async commit(options: CommitOptions): Promise<Digest> {
    return this.#inTurn(() => commit(this.#context, options));
  }

  /** See `pull`. */
  async *pull(options: PullOptions): AsyncGenerator<Progress> {
    const lines = pull(this.#context, options, (work) => this.#inTurn(work));
    yield* this.transfers?.('pull', options.reference, lines) ?? lines;
  }

  /** See `push`. */
  async *push(options: PushOptions): AsyncGenerator<Progress> {
    const lines = push(this.#context, options, (work) => this.#inTurn(work));
    yield* this.transfers?.('push', options.reference, lines) ?? lines;
  }

  /** See `save`. */
  async save(names: readonly string[]): Promise<AsyncIterable<Buffer>> {
    const { save } = await import('./archive/save.ts');
    return save(this.#context, names);
  }

  /** See `load`. */
  async load(source: AsyncIterable<Uint8Array>, options: Omit<LoadOptions, 'inTurn'>): Promise<void> {
    const { load } = await import('./archive/load.ts');
    await load(this.#context, source, { ...options, inTurn: async (work) => this.#inTurn(work) });
  }

  /** See `importImage`. */
  async import(source: AsyncIterable<Uint8Array>, options: Omit<ImportOptions, 'inTurn'>): Promise<Digest> {
    const { importImage } = await import('./archive/import.ts');
    return importImage(this.#context, source, { ...options, inTurn: async (work) => this.#inTurn(work) });
  }

  async tag(source: string, target: Reference): Promise<void> {
    const id = lookUp(this.#context.store, source);
    await this.#inTurn(() => tag(this.#context, id, target));
  }

  async remove(reference: string, options: RemoveOptions): Promise<Removed[]> {
    return this.#inTurn(() => remove(this.#context, reference, options));
  }

  async list(options: ListOptions): Promise<ImageSummary[]> {
    return list(this.#context, options);
  }

  async inspect(reference: string): Promise<object> {
    return inspect(this.#context, this.#lookUpToShow(reference));
  }

  async history(reference: string): Promise<HistoryItem[]> {
    return history(this.#context, lookUp(this.#context.store, reference));
  }

  async prune(options: PruneOptions): Promise<PruneReport> {
    return this.#inTurn(() => prune(this.#context, options));
  }

  /** For `docker info`. */
  async count(): Promise<number> {
    return this.#context.store.ids().length;
  }

  /** For `docker system df`. */
  async diskUsage(): Promise<ImageUsage> {
    return diskUsage(this.#context);
  }

  /** What a container of the image would find at `path`. */
  async file(reference: string, path: string): Promise<FileInImage> {
    return readFileInImage(this.#context, lookUp(this.#context.store, reference), path);
  }

  /** See `fileLayers`. */
  async fileLayers(reference: string, path: string): Promise<FileLayers> {
    const { fileLayers } = await import('./file-layers.ts');
    return fileLayers(this.#context, lookUp(this.#context.store, reference), path);
  }

  /** See `shownImages`. */
  async shown(max: number): Promise<{ images: ShownImage[]; total: number }> {
    const { shownImages } = await import('./stacks.ts');
    return shownImages(this.#context, max);
  }

  /** See `stacksOf`. */
  async stacks(ids: readonly string[]): Promise<Stack[]> {
    const { stacksOf } = await import('./stacks.ts');
    return stacksOf(this.#context, ids);
  }

  /** See `layerFiles`. */
  async layerFiles(reference: string, index: number): Promise<LayerFiles> {
    const { layerFiles } = await import('./layer-files.ts');
    return layerFiles(this.#context, lookUp(this.#context.store, reference), index);
  }

  /** See `documentsOf`. */
  async documents(reference: string): Promise<ImageDocument[]> {
    const { documentsOf } = await import('./documents.ts');
    return documentsOf(this.#context, lookUp(this.#context.store, reference));
  }

  /** The configuration as it is stored, and what it is made of. */
  async config(reference: string): Promise<ImageConfig> {
    return this.#context.store.config(lookUp(this.#context.store, reference));
  }

  /** Bytes of an image's layers; 0 when it is gone. */
  async size(id: Digest): Promise<number> {
    const { store } = this.#context;
    return store.has(id) ? sum(await layerSizes(this.#context, (await store.summary(id)).diffIds)) : 0;
  }

  /** Removes layers that nothing stands on any more. */
  async releaseLayers(diffIds: readonly Digest[]): Promise<void> {
    await this.#inTurn(() => releaseLayers(this.#context, diffIds));
  }

  async sweep(): Promise<void> {
    await sweep(this.#context);
  }

  /** Docker's words for an image that is to be inspected say it twice. */
  #lookUpToShow(reference: string): Digest {
    try {
      return lookUp(this.#context.store, reference);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new EngineError(error.kind, `no such image: ${reference}: ${error.message}`);
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
