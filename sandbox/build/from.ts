import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { baseImage } from './base.ts';
import type { Stage } from './stage.ts';
import { stageNamed } from './stages.ts';

/** Layers of the stage or image that a `from` names, base first; an image that is not here is pulled. */
export async function layersFrom({ build }: Stage, name: string): Promise<readonly Digest[]> {
  const { images } = build.parts;
  try {
    const stage = stageNamed(build.stages, name);
    if (stage === undefined) {
      const wishes = { platform: build.request.platform, pull: build.request.pull };
      return (await baseImage(images, name, wishes, build.report)).config.rootfs.diff_ids;
    }
    return stage.image === undefined ? [] : (await images.building.config(stage.image)).rootfs.diff_ids;
  } catch (error) {
    throw wrapped(`invalid from flag value ${name}: `, error);
  }
}

/** The error with words in front of its own. */
export function wrapped(prefix: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new EngineError(error.kind, prefix + error.message, { cause: error });
}
