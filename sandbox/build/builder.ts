import type { Containers } from '../container/containers.ts';
import type { ImageEngine } from '../image/engine.ts';
import type { Emit } from '../image/images.ts';
import type { Digest } from '../oci/digest.ts';
import { build } from './build.ts';
import type { Message } from './classic.ts';
import { classicReport } from './classic.ts';
import { Differences } from './differences.ts';
import type { BuildObserver } from './observer.ts';
import { observed } from './observer.ts';
import type { Upload } from './open.ts';
import { open } from './open.ts';
import type { BuildParts } from './parts.ts';
import type { Report } from './report.ts';
import type { BuildRequest } from './request.ts';
import { CacheFolders } from './run/caches.ts';
import { FilePool } from './source/pool.ts';
import { withinMinutes } from './time-limit.ts';

export interface BuilderOptions {
  /** A folder of its own, on the file system of the layers; what is in it goes. */
  readonly folder: string;
  /** For the caches of `RUN --mount=type=cache`; what is in it stays. */
  readonly cacheFolder: string;
  readonly images: ImageEngine;
  readonly containers: Containers;
  readonly emit: Emit;
  /** How long one build may take; as long as it takes when absent. */
  readonly minutes?: number | undefined;
  /** Called when a build begins. */
  readonly observe?: (request: BuildRequest) => BuildObserver;
  /** Carries a build out, with whatever the process should have ready for it. */
  readonly carryOut?: <T>(build: () => Promise<T>) => Promise<T>;
}

export interface BuildCall {
  readonly request: BuildRequest;
  readonly upload: Upload;
  /** Takes a message of the classic builder's stream; resolves when more can be taken. */
  readonly send: (message: Message) => Promise<void> | undefined;
  /** Ends the build: the step that runs is stopped, those before it stay cached. */
  readonly signal: AbortSignal;
}

/** Builds images, as many at a time as are asked for. */
export class Builder {
  readonly #parts: BuildParts;
  readonly #observe: BuilderOptions['observe'];
  readonly #carryOut: NonNullable<BuilderOptions['carryOut']>;
  readonly #minutes: number | undefined;

  constructor(options: BuilderOptions) {
    const { folder, cacheFolder, images, containers, emit, observe, carryOut } = options;
    const [pool, caches] = [new FilePool(folder), new CacheFolders(cacheFolder)];
    this.#parts = { images, containers, emit, pool, caches, differences: new Differences() };
    this.#observe = observe;
    this.#minutes = options.minutes;
    this.#carryOut = carryOut ?? ((build) => build());
  }

  async build(call: BuildCall): Promise<Digest> {
    const report = classicReport(call.send);
    const observer = this.#observe?.(call.request);
    if (!observer) return this.#carryOut(() => this.#build(call, report));
    try {
      const image = await this.#carryOut(() => this.#build(call, observed(report, observer)));
      observer.ended({ image });
      return image;
    } catch (error) {
      observer.ended({ error });
      throw error;
    }
  }

  /** Frees what is kept for builds to come; returns the bytes of the caches that steps had. */
  async prune(): Promise<number> {
    this.#parts.pool.clear();
    const bytes = await this.#parts.caches.prune();
    const Attributes = { reclaimed: String(bytes) };
    this.#parts.emit({ Type: 'builder', Action: 'prune', Actor: { ID: '', Attributes } });
    return bytes;
  }

  #build({ request, upload, signal: client }: BuildCall, report: Report): Promise<Digest> {
    return withinMinutes(this.#minutes, client, async (signal) => {
      const { pool } = this.#parts;
      const { dockerfile, context } = await open(upload, { pool, report, signal });
      try {
        return await build(this.#parts, { request, dockerfile, context, report, signal });
      } finally {
        context?.close(true);
      }
    });
  }
}
