/** The last bytes of a stream, addressed by their place in all of it. */
export class Backlog {
  readonly #buffer: Buffer;
  #end = 0;

  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
  }

  /** Place of the oldest byte held. */
  get start(): number {
    return Math.max(0, this.#end - this.#buffer.byteLength);
  }

  /** Bytes seen in all. */
  get end(): number {
    return this.#end;
  }

  push(chunk: Buffer): undefined {
    const capacity = this.#buffer.byteLength;
    const kept = chunk.subarray(Math.max(0, chunk.byteLength - capacity));
    const at = (this.#end + chunk.byteLength - kept.byteLength) % capacity;
    const first = kept.copy(this.#buffer, at);
    if (first < kept.byteLength) kept.copy(this.#buffer, 0, first);
    this.#end += chunk.byteLength;
  }

  /** A copy of everything from `from` on, or from the oldest byte held. */
  read(from: number): Buffer {
    const capacity = this.#buffer.byteLength;
    const begin = Math.min(Math.max(from, this.start), this.#end);
    const length = this.#end - begin;
    const at = begin % capacity;
    const first = this.#buffer.subarray(at, Math.min(at + length, capacity));
    return Buffer.concat([first, this.#buffer.subarray(0, length - first.byteLength)]);
  }
}
