import { spawn } from 'node:child_process';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EngineError } from '../oci/errors.ts';

type Input = AsyncIterator<Uint8Array, undefined>;

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The plain bytes of what is compressed by gzip or zstd, or not at all: its first bytes tell. */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const input = source[Symbol.asyncIterator]() as Input;
  const head = await readHead(input, ZSTD.byteLength);
  const whole = rejoin(head, input);
  if (head.subarray(0, GZIP.byteLength).equals(GZIP)) yield* throughGunzip(whole);
  else if (head.subarray(0, ZSTD.byteLength).equals(ZSTD)) yield* throughZstd(whole);
  else yield* whole;
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
  if (head.byteLength > 0) yield head;
  for (;;) {
    const { done, value } = await input.next();
    if (done === true) return;
    yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
}

async function* throughGunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    const gunzip = createGunzip();
    // An error of either end reaches whoever reads.
    pipeline(Readable.from(source, { objectMode: false }), gunzip, () => undefined);
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')) {
      throw new EngineError('invalid', `the archive is damaged: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

/** Node 20 has no zstd of its own. */
async function* throughZstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const child = spawn('zstd', ['-dcq'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // Awaited below; until then a program that is missing must not end the engine.
  ended.catch(() => undefined);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const feed = Readable.from(source, { objectMode: false });
  let cut: unknown;
  feed.once('error', (error) => {
    cut = error;
    child.kill();
  });
  feed.pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const code = await ended;
    if (cut !== undefined) throw cut as Error;
    if (code !== 0) throw new EngineError('invalid', `the archive is damaged: ${errors.trim()}`);
  } finally {
    feed.destroy();
    child.kill();
  }
}
