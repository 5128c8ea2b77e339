import type { IncomingMessage } from 'node:http';
import type { RegistryError } from '../store/errors.ts';
import type { UploadBody } from '../store/source.ts';

/** A body must bring so much in so long: whoever sends less only holds the connection. */
export interface Pace {
  readonly bytes: number;
  readonly ms: number;
}

export const PACE: Pace = { bytes: 1024, ms: 30_000 };

/** A request's body, ended with an error when it comes too slowly, or when nobody wants it any more. */
export class RequestBody implements UploadBody {
  readonly #request: IncomingMessage;
  readonly #pace: Pace;

  constructor(request: IncomingMessage, pace: Pace) {
    this.#request = request;
    this.#pace = pace;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    let received = 0;
    const timer = setInterval(() => {
      if (received < this.#pace.bytes) this.destroy();
      received = 0;
    }, this.#pace.ms);
    try {
      // Whoever stops reading early still has to answer: the request must not be destroyed by that.
      const chunks = this.#request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      for await (const chunk of chunks) {
        received += chunk.byteLength;
        yield chunk;
      }
    } finally {
      clearInterval(timer);
    }
  }

  destroy(): void {
    this.#request.destroy(new Error('the body has come too slowly'));
  }
}

/** A small body at once. Throws `tooLarge` past `max` bytes. */
export async function readWhole(
  request: IncomingMessage,
  { max, pace, tooLarge }: { max: number; pace: Pace; tooLarge: () => RegistryError },
): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > max) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of new RequestBody(request, pace)) {
    size += chunk.byteLength;
    if (size > max) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
