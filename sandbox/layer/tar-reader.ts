import { EngineError } from '../oci/errors.ts';
import type { TarHeader } from './tar-header.ts';
import type { TarPart } from './tar-parser.ts';
import { TarParser } from './tar-parser.ts';

export interface ReadEntry extends TarHeader {
  /** The content, of a sparse file without its holes; what is not read of it is passed over. */
  readonly content: AsyncIterable<Buffer>;
}

type Source = AsyncIterator<Uint8Array, undefined>;

/**
 * Reads an archive of few and large entries, one after another; `TarParser` is for many small ones. Ends at the mark
 * at the archive's end: what comes after it is not read.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const parts = new Parts(source[Symbol.asyncIterator]() as Source);
  try {
    for (;;) {
      const part = await parts.next();
      if (part === undefined) return;
      if (part.kind !== 'entry') continue;
      const content = contentOf(parts);
      yield { ...part.entry, content };
      while ((await content.next()).done !== true);
    }
  } finally {
    await parts.return();
  }
}

async function* contentOf(parts: Parts): AsyncGenerator<Buffer> {
  for (;;) {
    const part = await parts.next();
    if (part === undefined) throw new EngineError('invalid', 'unexpected EOF');
    if (part.kind === 'end') return;
    if (part.kind === 'data') yield part.bytes;
  }
}

class Parts {
  readonly #source: Source;
  readonly #parser = new TarParser();
  #current: Iterator<TarPart> = [][Symbol.iterator]();

  constructor(source: Source) {
    this.#source = source;
  }

  async next(): Promise<TarPart | undefined> {
    for (;;) {
      const part = this.#current.next();
      if (part.done !== true) return part.value;
      if (this.#parser.ended) return undefined;
      const chunk = await this.#source.next();
      if (chunk.done === true) {
        // Throws when it is not whole.
        this.#parser.end().next();
        return undefined;
      }
      const { buffer, byteOffset, byteLength } = chunk.value;
      this.#current = this.#parser.push(Buffer.from(buffer, byteOffset, byteLength));
    }
  }

  async return(): Promise<void> {
    await this.#source.return?.();
  }
}
