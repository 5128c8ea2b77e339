import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const compressMember = promisify(gzip);

/** Small enough to share among processors, large enough to lose little by beginning anew. */
const MEMBER_BYTES = 1024 ** 2;
/** Members in the works at once: what Node's thread pool takes. */
const MEMBERS = 4;

/**
 * The source as gzip: members of a fixed size one after another (RFC 1952, section 2.2), compressed on several
 * processors. The same bytes in give the same bytes out, however they are cut.
 */
export async function* compress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const working: Promise<Buffer>[] = [];
  let any = false;
  try {
    for await (const piece of cut(source)) {
      any = true;
      working.push(compressMember(piece, { level: constants.Z_BEST_SPEED }));
      if (working.length === MEMBERS) yield await next(working);
    }
    if (!any) working.push(compressMember(Buffer.alloc(0)));
    while (working.length > 0) yield await next(working);
  } finally {
    await Promise.allSettled(working);
  }
}

function next(working: Promise<Buffer>[]): Promise<Buffer> {
  return working.shift() ?? Promise.resolve(Buffer.alloc(0));
}

/** Pieces of `MEMBER_BYTES`, copied: a chunk of the source may be used again by whoever made it. */
async function* cut(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafe(MEMBER_BYTES);
  let used = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength;) {
      const part = chunk.subarray(at, at + MEMBER_BYTES - used);
      piece.set(part, used);
      used += part.byteLength;
      at += part.byteLength;
      if (used < MEMBER_BYTES) continue;
      yield piece;
      piece = Buffer.allocUnsafe(MEMBER_BYTES);
      used = 0;
    }
  }
  if (used > 0) yield piece.subarray(0, used);
}
