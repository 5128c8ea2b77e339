export interface BundleOptions {
  /** Absolute: the folder that `entry` is relative to. */
  readonly project: string;
  readonly entry: string;
  /** Absolute path of the file that is written; ends in `.mjs`. */
  readonly outfile: string;
  /**
   * What the program asks for by `import()` goes into files of its own beside `outfile`, `part-<hash>.mjs`: it is not read
   * before it is needed. `outfile` then has a folder for itself.
   */
  readonly parts?: boolean;
  /** `external`: all npm packages are found at run time; else all but the named ones become part of the bundle. */
  readonly packages: 'external' | { readonly external: readonly string[] };
}

/** Brings a bundle up to date; quick when it is. Throws esbuild's error, which names file and line. */
export function bundle(options: BundleOptions): Promise<void>;
