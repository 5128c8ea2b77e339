import type { Readable } from 'node:stream';

/** Takes what a process prints. */
export interface Sink {
  /** Resolves when the sink can take more. */
  write(chunk: Buffer): Promise<void> | undefined;
  /** The process has printed its last byte. */
  end(): void;
}

/**
 * One output of a process, copied to its log and to everyone attached. The slowest one holds the process, by the
 * kernel's own back-pressure; nothing is dropped and nothing piles up.
 */
export class Output {
  readonly #sinks = new Set<Sink>();

  attach(sink: Sink): () => void {
    this.#sinks.add(sink);
    return () => void this.#sinks.delete(sink);
  }

  /** Copies `source` until its end. */
  async pump(source: Readable): Promise<void> {
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        const waits = [...this.#sinks].map((sink) => sink.write(chunk)).filter((wait) => wait !== undefined);
        if (waits.length > 0) await Promise.all(waits);
      }
    } catch {
      // The end of a terminal is an error to the kernel, and a destroyed stream is one to Node.
    }
  }

  /** Tells everyone attached that this was all, and lets them go. */
  end(): void {
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    for (const sink of sinks) sink.end();
  }
}
