import type { ImageEngine } from '../../image/engine.ts';
import { EngineError } from '../../oci/errors.ts';
import { parseReference, withTag } from '../../oci/reference.ts';
import type { Credentials } from '../../registry/client/credentials.ts';
import { credentialsFrom, credentialsOfHeader } from '../../registry/client/credentials.ts';
import { readJson } from '../body.ts';
import type { Call } from '../router.ts';
import { sendLines } from './lines.ts';
import { headerOf } from './pull.ts';

/** `POST /images/:name/push`; without a tag, all tags of the repository. */
export const push =
  (images: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const credentials = await credentialsOf(call);
    const named = parseReference(call.params.name ?? '');
    const tag = call.query.get('tag') ?? '';
    const reference = tag === '' ? named : withTag(named, tag);
    await sendLines(call, images.push({ reference, credentials, signal: call.signal }));
  };

/** Clients of old send them in the body. */
async function credentialsOf(call: Call): Promise<Credentials> {
  const header = headerOf(call);
  if (header !== undefined && header !== '') return credentialsOfHeader(header);
  const found = credentialsFrom((await readJson(call).catch(() => undefined)) ?? null);
  if (found) return found;
  throw new EngineError('invalid', 'Bad parameters and missing X-Registry-Auth: EOF');
}
