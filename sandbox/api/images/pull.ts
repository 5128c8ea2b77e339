import type { ImageEngine } from '../../image/engine.ts';
import { parsePlatform } from '../../image/platform.ts';
import type { Reference } from '../../oci/reference.ts';
import { parseReference, withDigest, withTag } from '../../oci/reference.ts';
import { isDigest } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import { messageOf } from '../respond.ts';
import type { Call } from '../router.ts';

/** `POST /images/create`: a pull; an error after the first line of progress is the last line. */
export const create =
  (images: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const name = call.query.get('fromImage') ?? '';
    if (name === '')
      throw new EngineError('not-implemented', 'Importing an image from an archive is not built yet.');
    const platform = call.query.get('platform') ?? '';
    const lines = images.pull({
      reference: referenceOf(name, call.query.get('tag') ?? ''),
      ...(platform !== '' && { platform: parsePlatform(platform) }),
    });
    const first = await lines.next();
    const { response } = call;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const send = (line: object) => response.write(`${JSON.stringify(line)}\r\n`);
    if (first.done !== true) send(first.value);
    try {
      for await (const line of lines) send(line);
    } catch (error) {
      send({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
    }
    response.end();
  };

/** A pull of all tags comes as a name with nothing after its colon, or with no tag at all. */
function referenceOf(name: string, tag: string): Reference {
  const reference = parseReference(name.replace(/:$/, ''));
  if (tag === '') return reference;
  return isDigest(tag) ? withDigest(reference, tag) : withTag(reference, tag);
}
