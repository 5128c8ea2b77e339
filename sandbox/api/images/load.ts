import type { ImageEngine } from '../../image/engine.ts';
import { flag } from '../query.ts';
import { messageOf } from '../respond.ts';
import type { Call } from '../router.ts';

/** What may follow an archive, such as the rest of its last block, and is read to be polite to the client. */
const REST_BYTES = 16 * 1024 ** 2;

/** `POST /images/load`. The status is always 200: an error is the last line. */
export const load =
  (images: ImageEngine) =>
  async ({ request, response, query, signal }: Call): Promise<void> => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const send = (line: object): void => void response.write(`${JSON.stringify(line)}\r\n`);
    const body = request[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    try {
      await images.load(
        { [Symbol.asyncIterator]: () => ({ next: () => body.next() }) },
        {
          quiet: flag(query, 'quiet'),
          signal,
          report: send,
          print: (text) => send(text === '' ? {} : { stream: text }),
        },
      );
    } catch (error) {
      signal.throwIfAborted();
      send({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
    }
    await readRest(body);
    response.end();
  };

async function readRest(body: AsyncIterator<Buffer, undefined>): Promise<void> {
  for (let size = 0; size < REST_BYTES;) {
    const { done, value } = await body.next();
    if (done === true) return;
    size += value.byteLength;
  }
}
