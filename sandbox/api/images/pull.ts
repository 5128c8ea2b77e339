import type { ImageEngine } from '../../image/engine.ts';
import { parsePlatform } from '../../image/platform.ts';
import type { Reference } from '../../oci/reference.ts';
import { parseReference, withDigest, withTag } from '../../oci/reference.ts';
import { isDigest } from '../../oci/digest.ts';
import { credentialsOfHeader } from '../../registry/client/credentials.ts';
import type { Call } from '../router.ts';
import { sendLines } from './lines.ts';

/** `POST /images/create`: a pull, or an import where there is no image to pull. */
export const create =
  (images: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const name = call.query.get('fromImage') ?? '';
    if (name === '') {
      const { importFrom } = await import('./import.ts');
      await importFrom(images)(call);
      return;
    }
    const platform = call.query.get('platform') ?? '';
    const lines = images.pull({
      reference: referenceOf(name, call.query.get('tag') ?? ''),
      credentials: credentialsOfHeader(headerOf(call)),
      signal: call.signal,
      ...(platform !== '' && { platform: parsePlatform(platform) }),
    });
    await sendLines(call, lines);
  };

/** `X-Registry-Auth`, as the client sent it. */
export function headerOf({ request }: Call): string | undefined {
  const header = request.headers['x-registry-auth'];
  return Array.isArray(header) ? header[0] : header;
}

/** A pull of all tags comes as a name with nothing after its colon, or with no tag at all. */
function referenceOf(name: string, tag: string): Reference {
  const reference = parseReference(name.replace(/:$/, ''));
  if (tag === '') return reference;
  return isDigest(tag) ? withDigest(reference, tag) : withTag(reference, tag);
}
