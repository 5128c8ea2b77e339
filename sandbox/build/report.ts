import type { Digest } from '../oci/digest.ts';
import type { Difference } from './differences.ts';

/**
 * What a build tells while it goes on, step after step. It says what happened, not how it is shown: another protocol
 * is another `Report`.
 */
export interface Report {
  /** The Dockerfile is here; whether it can be understood is seen next. */
  read(dockerfile: string): void;
  /** `line` is where the step stands in the Dockerfile, 1-based; 0 for one that stands nowhere in it. */
  step(number: number, total: number, text: string, line: number): void;
  /** The stage stands on this image; undefined for `scratch`. */
  based(image: Digest | undefined): void;
  /** How many steps the base image brought along. */
  triggers(count: number): void;
  usedCache(): void;
  /** The step takes other files than the last time: that is why it is made anew. */
  differs(difference: Difference): void;
  runningIn(containerId: string): void;
  /** Resolves when more can be taken. */
  output(stream: 'stdout' | 'stderr', chunk: Buffer): Promise<void> | undefined;
  removed(containerId: string): void;
  /** What the step made, or what was there already. */
  made(image: Digest | undefined): void;
  /** A stage is finished. */
  stageDone(image: Digest | undefined): void;
  /** Progress of a pull or download, in the form of the Docker API. */
  progress(line: object): void;
  /** A line that is none of the above. */
  note(line: string): void;
  warning(line: string): void;
  built(image: Digest): void;
  tagged(reference: string): void;
}
