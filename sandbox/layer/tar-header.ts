import type { PaxRecords } from './pax.ts';

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

/** What an archive says of one entry; paths are raw bytes (latin1) and nothing of it is to be trusted. */
export interface TarHeader {
  readonly path: string;
  /** POSIX's flag: `0` file, `1` hard link, `2` symlink, … */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Seconds, with a fraction where the archive has one. */
  readonly mtime: number;
  readonly linkPath: string;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

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
  /** Names of the owners, ASCII; those too long for their field are left out. */
  readonly user?: string;
  readonly group?: string;
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

/** Undefined for what is no header: a wrong checksum, or a number that is none. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (!hasChecksum(block)) return undefined;
  const isUstar = block.toString('latin1', 257, 262) === 'ustar';
  const flag = block[156] ?? 0;
  const name = textAt(block, 0, NAME_LENGTH);
  const prefix = isUstar && block[262] === 0 ? textAt(block, 345, isStar(block) ? 131 : 155) : '';
  const type = flag === 0 ? (name.endsWith('/') ? '5' : '0') : String.fromCharCode(flag);
  const mode = parseNumber(block, 100, 8);
  const uid = parseNumber(block, 108, 8);
  const gid = parseNumber(block, 116, 8);
  const size = parseNumber(block, 124, 12);
  const mtime = parseNumber(block, 136, 12);
  const major = isUstar ? parseNumber(block, 329, 8) : 0;
  const minor = isUstar ? parseNumber(block, 337, 8) : 0;
  if (mode === undefined || uid === undefined || gid === undefined || size === undefined) return undefined;
  if (mtime === undefined || major === undefined || minor === undefined || size < 0) return undefined;
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: type === '7' ? '0' : type,
    mode: mode & 0o7777,
    uid,
    gid,
    size: HOLDS_NOTHING.has(type) ? 0 : size,
    mtime,
    linkPath: textAt(block, 157, NAME_LENGTH),
    major,
    minor,
    xattrs: NO_XATTRS,
  };
}

/** The header with what an extended header before it said. Throws `EngineError('invalid')`. */
export function withRecords(header: TarHeader, records: PaxRecords): TarHeader {
  if (records.isEmpty) return header;
  const xattrs = [...records.under(XATTR)];
  return {
    ...header,
    path: records.get('path') ?? header.path,
    linkPath: records.get('linkpath') ?? header.linkPath,
    uid: records.number('uid') ?? header.uid,
    gid: records.number('gid') ?? header.gid,
    mtime: records.number('mtime') ?? header.mtime,
    size: HOLDS_NOTHING.has(header.type) ? 0 : (records.number('size') ?? header.size),
    xattrs: new Map(xattrs.map(([name, value]) => [name, Buffer.from(value, 'latin1')])),
  };
}

/** Octal digits between blanks, or a binary number when the first bit is set; undefined for neither. */
export function parseNumber(block: Buffer, offset: number, length: number): number | undefined {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) return parseBinary(block, offset, length);
  let value = 0;
  let digits = 0;
  let ended = false;
  for (let at = offset; at < offset + length; at++) {
    const byte = block[at] ?? 0;
    if (byte === 0 || byte === 0x20) ended ||= digits > 0;
    else if (ended || byte < 0x30 || byte > 0x37) return undefined;
    else {
      value = value * 8 + (byte - 0x30);
      digits++;
    }
  }
  return value;
}

function parseBinary(block: Buffer, offset: number, length: number): number | undefined {
  const first = block[offset] ?? 0;
  let value = BigInt(first & 0x40 ? -1 : 0) * 64n + BigInt(first & 0x3f);
  for (let at = offset + 1; at < offset + length; at++) value = value * 256n + BigInt(block[at] ?? 0);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

const XATTR = 'SCHILY.xattr.';
const NO_XATTRS: ReadonlyMap<string, Buffer> = new Map();

/** Links, devices, folders and fifos: a size in their headers means nothing. */
const HOLDS_NOTHING = new Set(['1', '2', '3', '4', '5', '6']);

/** By index: this runs for every file of a layer, and an iterator over 512 bytes takes ten times as long. */
function hasChecksum(block: Buffer): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += block[i] ?? 0;
  for (let i = 148; i < 156; i++) sum += 32 - (block[i] ?? 0);
  const wanted = parseNumber(block, 148, 8);
  return wanted === sum || wanted === signedSum(block);
}

/** Some tars of old added the bytes as numbers with a sign. */
function signedSum(block: Buffer): number {
  return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte < 128 ? byte : byte - 256), 0);
}

/** Schily's tar keeps times in the last bytes of the prefix. */
function isStar(block: Buffer): boolean {
  return block.toString('latin1', 508, 512) === 'tar\x00';
}

function textAt(block: Buffer, offset: number, length: number): string {
  if (block[offset] === 0) return '';
  const end = block.indexOf(0, offset);
  return block.toString('latin1', offset, end === -1 || end > offset + length ? offset + length : end);
}

const NAME_LENGTH = 100;
const USER_LENGTH = 32;
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
  putText(block, 265, USER_LENGTH, shortName(entry.user));
  putText(block, 297, USER_LENGTH, shortName(entry.group));
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

function shortName(name = ''): string {
  return name.length < USER_LENGTH && /^[\x20-\x7e]*$/.test(name) ? name : '';
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
