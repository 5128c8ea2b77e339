export const BLOCK = 512;

/** POSIX's type flags. */
export const TAR_TYPES = {
  file: '0',
  hardLink: '1',
  symlink: '2',
  characterDevice: '3',
  blockDevice: '4',
  folder: '5',
  fifo: '6',
} as const;

export type TarType = (typeof TAR_TYPES)[keyof typeof TAR_TYPES];

export interface TarEntry {
  /** Relative; of a folder with a slash at its end. */
  readonly path: string;
  readonly type: TarType;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow the header; 0 for anything but a file. */
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  readonly linkPath?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly xattrs?: ReadonlyMap<string, Buffer>;
}

/**
 * The entry's header as Go's archive/tar writes it in its PAX format, which is what Docker writes: plain ustar, and an
 * extended header for what does not fit, its records sorted. All paths are raw bytes (latin1).
 */
export function encodeHeader(entry: TarEntry): Buffer {
  const records = paxRecords(entry);
  if (records.length === 0) return ustarBlock(entry);
  const body = Buffer.from(records, 'latin1');
  const name = paxName(entry.path);
  const pax = ustarBlock(
    { path: name, mode: 0, uid: 0, gid: 0, size: body.byteLength, mtime: 0, type: '0' },
    'x',
  );
  return Buffer.concat([pax, padded(body), ustarBlock(entry)]);
}

/** Two empty blocks. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** Bytes from the end of `size` bytes to the next block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

const NAME_LENGTH = 100;
const OCTAL_7_LIMIT = 0o7777777;
const OCTAL_11_LIMIT = 0o77777777777;

function paxRecords(entry: TarEntry): string {
  const records: Record<string, string> = {};
  const put = (key: string, value: string, needed: boolean) => {
    if (needed) records[key] = value;
  };
  put('path', entry.path, !fits(entry.path));
  put('linkpath', entry.linkPath ?? '', !fits(entry.linkPath ?? ''));
  put('uid', String(entry.uid), entry.uid > OCTAL_7_LIMIT);
  put('gid', String(entry.gid), entry.gid > OCTAL_7_LIMIT);
  put('size', String(entry.size), entry.size > OCTAL_11_LIMIT);
  put('mtime', String(entry.mtime), entry.mtime < 0 || entry.mtime > OCTAL_11_LIMIT);
  for (const [name, value] of entry.xattrs ?? []) records[`SCHILY.xattr.${name}`] = value.toString('latin1');
  return Object.keys(records)
    .sort()
    .map((key) => paxRecord(key, records[key] ?? ''))
    .join('');
}

/** `length key=value\n`, where the length counts its own digits too. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

function paxName(path: string): string {
  const parts = path.replace(/\/+$/, '').split('/');
  const last = parts.pop() ?? '';
  return [...parts, 'PaxHeaders.0', last]
    .join('/')
    .replace(/[\x80-\xff]/g, '')
    .slice(0, NAME_LENGTH)
    .replace(/\/+$/, '');
}

function fits(path: string): boolean {
  return path.length <= NAME_LENGTH && !/[\x80-\xff]/.test(path);
}

function ustarBlock(entry: TarEntry, type: string = entry.type): Buffer {
  const block = Buffer.alloc(BLOCK);
  putText(block, 0, NAME_LENGTH, entry.path);
  putOctal(block, 100, 8, entry.mode);
  putOctal(block, 108, 8, entry.uid);
  putOctal(block, 116, 8, entry.gid);
  putOctal(block, 124, 12, entry.size);
  putOctal(block, 136, 12, entry.mtime);
  block.write(type, 156, 'latin1');
  putText(block, 157, NAME_LENGTH, entry.linkPath ?? '');
  block.write('ustar\x0000', 257, 'latin1');
  if (type !== 'x') {
    putOctal(block, 329, 8, entry.major ?? 0);
    putOctal(block, 337, 8, entry.minor ?? 0);
  }
  block.fill(' ', 148, 156);
  let sum = 0;
  // By index: this runs for every file of a layer, and an iterator over 512 bytes takes ten times as long.

  for (let i = 0; i < BLOCK; i++) sum += block[i] ?? 0;
  block.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
  return block;
}

function putText(block: Buffer, offset: number, length: number, text: string): void {
  if (text === '') return;
  const ascii = text.replace(/[\x80-\xff]/g, '');
  // A cut name must not end in a slash: old readers would take a file for a folder.
  const cut = ascii.length > length ? ascii.slice(0, length).replace(/\/+$/, '') : ascii;
  block.write(cut, offset, 'latin1');
}

/** What does not fit stands in the extended header. */
function putOctal(block: Buffer, offset: number, length: number, value: number): void {
  const limit = length === 8 ? OCTAL_7_LIMIT : OCTAL_11_LIMIT;
  const shown = value < 0 || value > limit ? 0 : value;
  block.write(`${shown.toString(8).padStart(length - 1, '0')}\x00`, offset, 'latin1');
}

function padded(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.alloc(paddingOf(body.byteLength))]);
}
