import type { Digest } from '../oci/digest.ts';
import type { Difference } from './differences.ts';
import type { Report } from './report.ts';

/** Looks on while an image is built: for whoever shows more of it than the words of `docker build`. */
export interface BuildObserver {
  step(number: number, total: number, text: string): void;
  /** The step was made before, and is not made again. */
  usedCache(): void;
  differs(difference: Difference): void;
  /** What the step made, or what was there already; undefined for `scratch`. */
  made(image: Digest | undefined): void;
  /** Called once, at the end. */
  ended(result: { readonly image: Digest } | { readonly error: unknown }): void;
}

/** `report`, with everything told to `observer` too. */
export function observed(report: Report, observer: BuildObserver): Report {
  return {
    ...report,
    step: (number, total, text) => {
      report.step(number, total, text);
      observer.step(number, total, text);
    },
    based: (image) => {
      report.based(image);
      observer.made(image);
    },
    usedCache: () => {
      report.usedCache();
      observer.usedCache();
    },
    differs: (difference) => {
      report.differs(difference);
      observer.differs(difference);
    },
    made: (image) => {
      report.made(image);
      observer.made(image);
    },
  };
}
