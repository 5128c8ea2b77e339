import type { Digest } from '../oci/digest.ts';
import type { Difference } from './differences.ts';
import type { Report } from './report.ts';

/** Looks on while an image is built: for whoever shows more of it than the words of `docker build`. */
export interface BuildObserver {
  /** The Dockerfile is here; whether it can be understood is seen next. */
  read(dockerfile: string): void;
  /** `line` is where the step stands in the Dockerfile, 1-based; 0 for one that stands nowhere in it. */
  step(number: number, total: number, text: string, line: number): void;
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
    read: (dockerfile) => {
      report.read(dockerfile);
      observer.read(dockerfile);
    },
    step: (number, total, text, line) => {
      report.step(number, total, text, line);
      observer.step(number, total, text, line);
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
