import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EngineError } from '../oci/errors.ts';

type Input = AsyncIterator<Uint8Array, undefined>;

const OUTPUT_BYTES = 256 * 1024;

/** Node's own zlib knows but gzip; for the others there are programs, the first of which that exists is run. */
type Program = readonly [file: string, ...args: string[]];

interface Format {
  readonly name: 'gzip' | 'bzip2' | 'xz' | 'zstd';
  readonly magic: Buffer;
  readonly programs: readonly Program[];
}

const FORMATS: readonly Format[] = [
  { name: 'gzip', magic: Buffer.from([0x1f, 0x8b, 0x08]), programs: [] },
  { name: 'bzip2', magic: Buffer.from('BZh'), programs: [['bzip2', '-dcq'], [busybox(), 'bunzip2', '-c']] },
  {
    name: 'xz',
    magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    programs: [['xz', '-dcq'], [busybox(), 'unxz', '-c']],
  },
  { name: 'zstd', magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), programs: [['zstd', '-dcq']] },
]; // prettier-ignore

/** What must be seen of a stream to tell. */
export const MAGIC_BYTES = Math.max(...FORMATS.map(({ magic }) => magic.byteLength));

/**
 * The plain bytes of what is compressed by gzip, bzip2, xz or zstd, or not at all: its first bytes tell.
 * Throws `EngineError('invalid')` for what is damaged, `unexpected EOF` for what is cut.
 */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const input = source[Symbol.asyncIterator]() as Input;
  const head = await readHead(input, MAGIC_BYTES);
  const whole = rejoin(head, input);
  const format = formatOf(head);
  if (!format) yield* whole;
  else if (format.name === 'gzip') yield* throughGunzip(whole);
  else yield* throughProgram(whole, format.programs);
}

export function isCompressed(head: Buffer): boolean {
  return formatOf(head) !== undefined;
}

function formatOf(head: Buffer): Format | undefined {
  return FORMATS.find(({ magic }) => head.subarray(0, magic.byteLength).equals(magic));
}

async function readHead(input: Input, size: number): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.byteLength < size) {
    const { done, value } = await input.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* rejoin(head: Buffer, input: Input): AsyncGenerator<Buffer> {
  try {
    if (head.byteLength > 0) yield head;
    for (;;) {
      const { done, value } = await input.next();
      if (done === true) return;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    await input.return?.();
  }
}

async function* throughGunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  const feed = Readable.from(source, { objectMode: false });
  // An error of either end reaches whoever reads.
  pipeline(feed, gunzip, () => undefined);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'Z_BUF_ERROR') throw new EngineError('invalid', 'unexpected EOF', { cause });
    if (code.startsWith('Z_')) throw new EngineError('invalid', 'gzip: invalid checksum', { cause });
    throw cause;
  } finally {
    gunzip.destroy();
    feed.destroy();
  }
}

async function* throughProgram(
  source: AsyncIterable<Buffer>,
  programs: readonly Program[],
): AsyncGenerator<Buffer> {
  const { child, ended } = await start(programs);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-1024)));
  child.stdin?.on('error', () => undefined);
  const feed = Readable.from(source, { objectMode: false });
  let cut: unknown;
  feed.once('error', (error) => {
    cut = error;
    child.kill();
  });
  if (child.stdin) feed.pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const code = await ended;
    if (cut !== undefined) throw cut as Error;
    if (code !== 0) throw new EngineError('invalid', wordsOf(errors));
  } finally {
    feed.destroy();
    child.kill();
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

async function start(programs: readonly Program[]): Promise<Started> {
  for (const [file, ...args] of programs) {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const isThere = await new Promise<boolean>((resolve) => {
      child.once('spawn', () => resolve(true));
      child.once('error', () => resolve(false));
    });
    if (isThere) return { child, ended };
  }
  throw new EngineError(
    'internal',
    `there is no ${programs[0]?.[0] ?? 'program'} here to decompress the archive`,
  );
}

function wordsOf(errors: string): string {
  return /unexpected end|premature|truncated/i.test(errors)
    ? 'unexpected EOF'
    : `the archive is damaged: ${errors.trim()}`;
}

/** The runtime that a session is shown has one beside its Node. */
function busybox(): string {
  return path.join(path.dirname(process.execPath), 'busybox');
}
