import { DockerfileError } from './error.ts';
import type { Escape, Instruction } from './model.ts';

/** `undefined` for a variable that is not set, which is not the same as an empty one. */
export type Lookup = (name: string) => string | undefined;

/** Takes quotes and escapes away, and puts variables in: `$NAME`, `${NAME:-else}` … Throws `DockerfileError`. */
export function expandWord(word: string, lookup: Lookup, escape: Escape): string {
  throw new DockerfileError(`not yet: ${word}${escape}${lookup.length}`);
}

/** As `expandWord`, but what stands unquoted between blanks becomes a word of its own. */
export function expandWords(word: string, lookup: Lookup, escape: Escape): string[] {
  throw new DockerfileError(`not yet: ${word}${escape}${lookup.length}`);
}

/**
 * The instruction with its variables put in wherever Docker does so: ARG, ENV, LABEL, COPY, ADD, WORKDIR, USER, EXPOSE,
 * VOLUME, STOPSIGNAL, mounts of RUN. Commands are left to the shell that runs them. Throws `DockerfileError`.
 */
export function expandInstruction<I extends Instruction>(instruction: I, lookup: Lookup, escape: Escape): I {
  throw new DockerfileError(`not yet: ${instruction.kind}${escape}${lookup.length}`);
}
