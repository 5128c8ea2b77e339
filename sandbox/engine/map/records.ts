/** What the map shows beside what Docker's API tells: what images are made of, builds, pulls and pushes. */

export type { ImageDocument } from '../../image/documents.ts';
export type { LayerFile, LayerFiles } from '../../image/layer-files.ts';
export type { ShownImage, Stack, StackLayer } from '../../image/stacks.ts';
export type { Difference } from '../../build/differences.ts';

import type { Difference } from '../../build/differences.ts';

/** A pull or a push. Times are in milliseconds since 1970. */
export interface Transfer {
  /** Unlike that of any other record of this engine. */
  readonly id: string;
  readonly verb: 'pull' | 'push';
  /** As the CLI shows it: `debian:latest`, `localhost:5000/web:1`. */
  readonly reference: string;
  /** Where it goes, or comes from: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  readonly startedAt: number;
  readonly state: 'running' | 'done' | 'failed';
  readonly layers: readonly TransferLayer[];
}

export interface TransferLayer {
  /** Twelve digits: of the diff id in a push, of the compressed layer's digest in a pull. */
  readonly id: string;
  /** `there`: it did not have to travel; `mounted`: taken from another repository. */
  readonly state: 'waiting' | 'travelling' | 'there' | 'mounted' | 'done';
  /** Bytes so far, and of the whole, compressed; 0 while not known. */
  readonly current: number;
  readonly total: number;
}

export interface BuildRecord {
  /** Unlike that of any other record of this engine. */
  readonly id: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly state: 'running' | 'done' | 'failed';
  readonly tags: readonly string[];
  /** `--no-cache`. */
  readonly noCache: boolean;
  /** The image that came of it; empty while there is none. */
  readonly image: string;
  /** Why it failed; empty otherwise. */
  readonly error: string;
  /** The first of `total`. */
  readonly steps: readonly BuildStep[];
  readonly total: number;
}

export interface BuildStep {
  readonly number: number;
  readonly text: string;
  /** `base`: FROM; `none`: not finished. */
  readonly result: 'none' | 'base' | 'cached' | 'made';
  readonly durationMs: number;
  /** Bytes that it added; 0 for a step without a layer, and while not known. */
  readonly size: number;
  /** The image it ended with; empty for `scratch`. */
  readonly image: string;
  /** Which files broke the cache, where that is known. */
  readonly difference?: Difference;
}

/** What a build was made of: for editors, which find their file by its text. */
export interface BuildSource {
  /** The line of the Dockerfile that the build failed at, 1-based; 0 where there is none. */
  readonly line: number;
  /** The text of the Dockerfile, once the build has ended; empty for one that was not read, or is very long. */
  readonly dockerfile: string;
}

/** A line of `GET /slipway/map/activity`. */
export type ActivityLine = { readonly transfer: Transfer } | { readonly build: BuildRecord & BuildSource };
