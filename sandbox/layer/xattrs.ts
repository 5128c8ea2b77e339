import type { RawPath } from './raw-path.ts';
import { toRaw, toText } from './raw-path.ts';
import { run } from './run.ts';
import type { Shell } from './shell.ts';

/** Names of attributes to their bytes. */
export type Xattrs = ReadonlyMap<string, Buffer>;

/** Of a folder in overlay form: nothing of the layers below shows through. */
export const OPAQUE = 'user.overlay.opaque';

/**
 * Of an empty file that stands for a device: `c 1:3`, or `b` for a block device. Devices cannot be made in a user
 * namespace; this way the layer's archive keeps them, and whatever is made from it.
 */
export const DEVICE = 'user.slipway.device';

/** Not so an overlay's and our own notes, and what the host's security modules write. */
export function belongsToFile(name: string): boolean {
  if (name === 'security.capability' || name.startsWith('system.posix_acl_')) return true;
  return name.startsWith('user.') && !name.startsWith('user.overlay.') && name !== DEVICE;
}

/** What the attributes say a file stands for; undefined for a file that is itself. */
export function deviceOf(
  xattrs: Xattrs | undefined,
): { readonly kind: 'b' | 'c'; readonly major: number; readonly minor: number } | undefined {
  const [, kind, major, minor] =
    /^([bc]) (\d+):(\d+)$/.exec(xattrs?.get(DEVICE)?.toString('latin1') ?? '') ?? [];
  if (kind !== 'b' && kind !== 'c') return undefined;
  return { kind, major: Number(major), minor: Number(minor) };
}

export interface ReadOptions {
  /** A regular expression; all attributes unless given. */
  readonly names?: string;
  /** The tree is in use: what goes away meanwhile is no error. */
  readonly live?: boolean;
  /** Runs the program; quicker than to start it from here, if there is one. */
  readonly shell?: Shell | undefined;
}

/**
 * The extended attributes of everything below `root`, by path relative to it; what has none is not in the map.
 * Node cannot read attributes, so this is one run of `getfattr` over the whole tree.
 */
export async function readXattrs(
  root: string,
  { names = '.', live = false, shell }: ReadOptions = {},
): Promise<Map<RawPath, Xattrs>> {
  const argv = ['getfattr', '-R', '-P', '-h', '-d', '-e', 'hex', '-m', names, '.'] as const;
  if (shell && !live) return parseDump(await shell.run(argv, root));
  return parseDump((await run(argv, { cwd: root, mayFail: live })).toString('latin1'));
}

/** Folders below `root` that are opaque. */
export async function readOpaque(root: string): Promise<Set<RawPath>> {
  return new Set((await readXattrs(root, { names: '^user\\.overlay\\.opaque$' })).keys());
}

/** The file capability as hexadecimal digits; empty when there is none, or the name cannot be an argument. */
export async function readCapability(file: RawPath): Promise<string> {
  const name = toText(file);
  if (toRaw(name) !== file) return '';
  const argv = [
    'getfattr',
    '-h',
    '-d',
    '-e',
    'hex',
    '-m',
    '^security\\.capability$',
    '--absolute-names',
  ] as const;
  const dump = await run([...argv, '--', name]);
  return /=0x([0-9a-f]+)/.exec(dump.toString('latin1'))?.[1] ?? '';
}

/** Sets them all by one run of `setfattr`; attributes that this kernel or user may not set are left out. */
export async function writeXattrs(root: string, all: ReadonlyMap<RawPath, Xattrs>): Promise<void> {
  if (all.size === 0) return;
  await run(['setfattr', '-h', '--restore=-'], { cwd: root, input: Buffer.from(formatDump(all), 'latin1') });
}

function parseDump(text: string): Map<RawPath, Xattrs> {
  const found = new Map<RawPath, Map<string, Buffer>>();
  let current = new Map<string, Buffer>();
  for (const line of text.split('\n')) {
    if (line.startsWith('# file: ')) {
      current = new Map();
      found.set(relative(unquote(line.slice('# file: '.length))), current);
    } else if (line.includes('=')) {
      const equals = line.lastIndexOf('=0x');
      if (equals !== -1)
        current.set(unquote(line.slice(0, equals)), Buffer.from(line.slice(equals + 3), 'hex'));
      else current.set(unquote(line.replace(/=.*$/, '')), Buffer.alloc(0));
    }
  }
  return found;
}

function formatDump(all: ReadonlyMap<RawPath, Xattrs>): string {
  let text = '';
  for (const [path, xattrs] of all) {
    text += `# file: ${quote(path === '' ? '.' : `./${path}`)}\n`;
    for (const [name, value] of xattrs) text += `${quote(name)}=0x${value.toString('hex')}\n`;
    text += '\n';
  }
  return text;
}

function relative(path: string): RawPath {
  return (path === '.' ? '' : path.replace(/^\.\//, '')) as RawPath;
}

/** `getfattr` writes a byte it would not print as a backslash and three octal digits. */
function unquote(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function quote(text: string): string {
  return text.replace(
    /[\x00-\x20\\=\x7f-\xff]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}
