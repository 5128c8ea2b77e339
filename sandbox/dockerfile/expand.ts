import type { Escape, InlineFile, Instruction, InstructionKind, InstructionOf, RunMount } from './model.ts';
import { processText, type Lookup } from './words.ts';

export type { Lookup } from './words.ts';

/** Takes quotes and escapes away, and puts variables in: `$NAME`, `${NAME:-else}` … Throws `DockerfileError`. */
export function expandWord(word: string, lookup: Lookup, escape: Escape): string {
  return processText(word, { lookup, escape }).text;
}

/** As `expandWord`, but what stands unquoted between blanks becomes a word of its own. */
export function expandWords(word: string, lookup: Lookup, escape: Escape): readonly string[] {
  return processText(word, { lookup, escape }).words;
}

/**
 * The instruction with its variables put in wherever Docker does so: ARG, ENV, LABEL, COPY, ADD, WORKDIR, USER, EXPOSE,
 * VOLUME, STOPSIGNAL, mounts of RUN. Commands are left to the shell that runs them. Throws `DockerfileError`.
 */
export function expandInstruction<I extends Instruction>(instruction: I, lookup: Lookup, escape: Escape): I {
  const expander = EXPANDERS[instruction.kind] as ((instruction: I, context: Context) => I) | undefined;
  const context = {
    word: (word: string) => expandWord(word, lookup, escape),
    words: (word: string) => expandWords(word, lookup, escape),
    file: (file: InlineFile) => expandFile(file, lookup, escape),
  };
  return expander ? expander(instruction, context) : instruction;
}

interface Context {
  readonly word: (word: string) => string;
  readonly words: (word: string) => readonly string[];
  readonly file: (file: InlineFile) => InlineFile;
}

type Expanders = {
  readonly [K in InstructionKind]?: (instruction: InstructionOf<K>, context: Context) => InstructionOf<K>;
};

const EXPANDERS: Expanders = {
  arg: (instruction, { word }) => ({
    ...instruction,
    args: instruction.args.map(({ key, value }) => ({
      key: word(key),
      ...(value !== undefined && { value: word(value) }),
    })),
  }),
  env: expandPairs,
  label: expandPairs,
  copy: expandTransfer,
  add: (instruction, context) => ({
    ...expandTransfer(instruction, context),
    ...(instruction.checksum !== undefined && { checksum: context.word(instruction.checksum) }),
  }),
  workdir: (instruction, { word }) => ({ ...instruction, path: word(instruction.path) }),
  user: (instruction, { word }) => ({ ...instruction, user: word(instruction.user) }),
  expose: (instruction, { words }) => ({ ...instruction, ports: instruction.ports.flatMap(words) }),
  volume: (instruction, { word }) => ({ ...instruction, paths: instruction.paths.map(word) }),
  stopsignal: (instruction, { word }) => ({ ...instruction, signal: word(instruction.signal) }),
  run: (instruction, { word }) => ({
    ...instruction,
    mounts: instruction.mounts.map((mount) => expandMount(mount, word)),
  }),
};

function expandPairs<I extends InstructionOf<'env' | 'label'>>(instruction: I, { word }: Context): I {
  return {
    ...instruction,
    pairs: instruction.pairs.map(({ key, value }) => ({ key: word(key), value: word(value) })),
  };
}

function expandTransfer<I extends InstructionOf<'copy' | 'add'>>(instruction: I, { word, file }: Context): I {
  const { chown, chmod } = instruction;
  return {
    ...instruction,
    ...(chown !== undefined && { chown: word(chown) }),
    ...(chmod !== undefined && { chmod: word(chmod) }),
    sources: instruction.sources.map(word),
    files: instruction.files.map(file),
    dest: word(instruction.dest),
    exclude: instruction.exclude.map(word),
  };
}

function expandFile(file: InlineFile, lookup: Lookup, escape: Escape): InlineFile {
  if (!file.expand) return file;
  return { ...file, content: processText(file.content, { lookup, escape, quotesAreText: true }).text };
}

function expandMount(mount: RunMount, word: (word: string) => string): RunMount {
  const expanded: Partial<Record<(typeof MOUNT_TEXTS)[number], string>> = {};
  for (const key of MOUNT_TEXTS) {
    const value = mount[key];
    if (value !== undefined) expanded[key] = word(value);
  }
  return { ...mount, ...expanded };
}

const MOUNT_TEXTS = ['target', 'source', 'from', 'id', 'env'] as const;
