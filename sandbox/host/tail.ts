import type { Readable } from 'node:stream';

/** Bytes kept of a session's error output. */
const KEPT_BYTES = 4096;

/** Bytes read at once before the reader rests, and for how long: a session that writes without end costs nothing much. */
const BURST_BYTES = 64 * 1024;
const REST_MS = 100;

/** The last words of a stream that is not to be trusted: bounded, slow to read when there is much, free of controls. */
export class Tail {
  #kept = Buffer.alloc(0);
  #burst = 0;

  follow(stream: Readable): void {
    stream.on('data', (chunk: Buffer) => {
      this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-KEPT_BYTES);
      this.#burst += chunk.length;
      if (this.#burst < BURST_BYTES) return;
      this.#burst = 0;
      stream.pause();
      setTimeout(() => stream.resume(), REST_MS).unref();
    });
    stream.on('error', () => undefined);
  }

  text(): string {
    return this.#kept
      .toString('utf8')
      .replace(/\u001b\[[0-9;]*m|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
      .trim();
  }
}

/** What Node prints around an uncaught error: frames of the stack, the source and a caret, its own version. */
const NOISE = /^\s|^Node\.js v|^\^/;

/** The line of some output that says the most about its end: the last one, or the message above a stack. */
export function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => !NOISE.test(line)) ?? lines.at(-1) ?? '').trim().slice(0, 500);
}
