import { DockerfileError } from './error.ts';
import { readFlags } from './flags.ts';
import { fileOf, parseHeredoc } from './heredoc.ts';
import type { Placed } from './lines.ts';
import type { AddInstruction, CopyInstruction, InlineFile, Written } from './model.ts';

type Without<T> = Omit<T, keyof Written | 'kind'>;

const BOTH = { chown: 'text', chmod: 'text', link: 'boolean', exclude: 'texts' } as const;

/** Flags beyond `--from` and `--chown` are those of BuildKit. */
export function parseCopy(placed: Placed): Without<CopyInstruction> {
  requireTwo(placed);
  const flags = readFlags(placed.flags, { ...BOTH, from: 'text', parents: 'boolean' });
  return {
    ...transferOf(placed, flags),
    // Empty is as good as none.
    ...(flags.from !== undefined && flags.from !== '' && { from: flags.from }),
    parents: flags.parents ?? false,
  };
}

export function parseAdd(placed: Placed): Without<AddInstruction> {
  requireTwo(placed);
  const kinds = { ...BOTH, checksum: 'text', 'keep-git-dir': 'boolean', unpack: 'boolean' } as const;
  const flags = readFlags(placed.flags, kinds);
  return {
    ...transferOf(placed, flags),
    ...(flags.checksum !== undefined && flags.checksum !== '' && { checksum: flags.checksum }),
    keepGitDir: flags['keep-git-dir'] ?? false,
    ...(flags.unpack !== undefined && { unpack: flags.unpack }),
  };
}

function requireTwo({ name, args }: Placed): void {
  if (args.length >= 2) return;
  throw new DockerfileError(
    `${name.toUpperCase()} requires at least two arguments, but only one was provided. Destination could not be determined`,
  );
}

interface Flags {
  readonly chown?: string;
  readonly chmod?: string;
  readonly link?: boolean;
  readonly exclude?: readonly string[];
}

function transferOf(placed: Placed, { chown, chmod, link, exclude }: Flags) {
  const { sources, files } = sourcesOf(placed);
  return {
    sources,
    files,
    dest: placed.args.at(-1) ?? '',
    ...(chown !== undefined && chown !== '' && { chown }),
    ...(chmod !== undefined && chmod !== '' && { chmod }),
    link: link ?? false,
    exclude: exclude ?? [],
  };
}

function sourcesOf({ args, heredocs, json }: Placed): { sources: string[]; files: InlineFile[] } {
  const sources: string[] = [];
  const files: InlineFile[] = [];
  const bodies = json ? [] : [...heredocs];
  for (const word of args.slice(0, -1)) {
    const heredoc = bodies.length > 0 ? parseHeredoc(word) : undefined;
    const found = bodies.findIndex(({ name }) => name === heredoc?.name);
    const [body] = found === -1 ? [] : bodies.splice(found, 1);
    if (body) files.push(fileOf(body));
    else sources.push(word);
  }
  return { sources, files };
}
