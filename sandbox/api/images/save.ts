import { once } from 'node:events';
import type { ImageEngine } from '../../image/engine.ts';
import type { Call } from '../router.ts';

/** `GET /images/get?names=…` and `GET /images/:name/get`. An error after the first byte cuts the archive short. */
export const save =
  (images: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const { name } = call.params;
    const chunks = await images.save(name === undefined ? call.query.getAll('names') : [name]);
    await sendArchive(call, chunks, { type: 'application/x-tar' });
  };

/** What may wait for a client that reads slowly. */
const PENDING_BYTES = 2 * 1024 ** 2;

/** Answers with the bytes of an archive. A chunk may be used again by whoever made it, once the next one is asked for. */
export async function sendArchive(
  { response, signal }: Pick<Call, 'response' | 'signal'>,
  chunks: AsyncIterable<Buffer>,
  { type }: { readonly type: string },
): Promise<void> {
  response.writeHead(200, { 'Content-Type': type });
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    response.write(Buffer.from(chunk));
    if (response.writableLength > PENDING_BYTES) await once(response, 'drain', { signal });
  }
  response.end();
}
