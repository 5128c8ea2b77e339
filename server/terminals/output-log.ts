/** Short texts are put together, so that a megabyte of single keys is not a million entries. */
const CHUNK_CODE_UNITS = 16 * 1024;

interface Chunk {
  readonly start: number;
  readonly text: string;
}

/** The part of a terminal's output that some page has yet to be sent; offsets count UTF-16 code units. */
export class OutputLog {
  #chunks: Chunk[] = [];
  #end = 0;

  /** Offset of the oldest code unit still held; `end` when there is none. */
  get start(): number {
    return this.#chunks[0]?.start ?? this.#end;
  }

  /** Offset after the last code unit. */
  get end(): number {
    return this.#end;
  }

  append(text: string): void {
    const last = this.#chunks.at(-1);
    if (last && last.text.length + text.length <= CHUNK_CODE_UNITS) {
      this.#chunks[this.#chunks.length - 1] = { start: last.start, text: last.text + text };
    } else {
      this.#chunks.push({ start: this.#end, text });
    }
    this.#end += text.length;
  }

  /** Up to `max` code units from `offset`; never half of a surrogate pair unless the log ends there. */
  read(offset: number, max: number): string {
    const chunk = this.#chunks.findLast(({ start }) => start <= offset);
    if (!chunk) return '';
    const from = offset - chunk.start;
    const to = Math.min(from + max, chunk.text.length);
    return chunk.text.slice(from, splitsPair(chunk.text, to) && to - 1 > from ? to - 1 : to);
  }

  /** Forgets whole chunks before `offset`. */
  trim(offset: number): void {
    const keep = this.#chunks.findIndex(({ start, text }) => start + text.length > offset);
    this.#chunks = keep === -1 ? [] : this.#chunks.slice(keep);
  }
}

function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return at < text.length && before >= 0xd800 && before <= 0xdbff;
}
