import { DockerfileError } from './error.ts';

/** The patterns of a `.dockerignore`, cleaned as Docker does: comments, blank lines and leading slashes taken away. */
export function readIgnoreFile(text: string): string[] {
  throw new DockerfileError(`not yet: ${text}`);
}

/** Tells of a path of the context, relative and with `/`, whether it is left out. Throws `DockerfileError` for a bad pattern. */
export function compileIgnore(patterns: readonly string[]): (path: string) => boolean {
  throw new DockerfileError(`not yet: ${patterns.join()}`);
}
