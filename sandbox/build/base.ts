import type { ImageEngine } from '../image/engine.ts';
import type { Image } from '../image/images.ts';
import { keyOf } from '../image/lookup.ts';
import { parsePlatform } from '../image/platform.ts';
import { isDigest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Report } from './report.ts';

export interface BaseWishes {
  /** As given; empty for whatever there is. */
  readonly platform: string;
  /** Asks for a newer one even when it is here. */
  readonly pull: boolean;
}

/** The image that a FROM or `--from` names; pulled when it is not here. */
export async function baseImage(
  images: ImageEngine,
  name: string,
  wishes: BaseWishes,
  report: Pick<Report, 'progress'>,
): Promise<Image> {
  // As dockerd: what is here is taken, whatever platform it is for.
  const local = wishes.pull ? undefined : await findLocal(images, name);
  if (local) return local;
  const reference = withDefaultTag(parseReference(name));
  const platform = wishes.platform === '' ? undefined : parsePlatform(wishes.platform);
  for await (const line of images.pull({ reference, ...(platform && { platform }) })) {
    // The digest for `docker pull` is none of a build's business.
    if (line.aux === undefined) report.progress(line);
  }
  return images.resolve(isDigest(name) ? name : keyOf(reference));
}

async function findLocal(images: ImageEngine, name: string): Promise<Image | undefined> {
  try {
    return await images.resolve(name);
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
