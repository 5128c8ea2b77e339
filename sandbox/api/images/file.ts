import type { ImageEngine } from '../../image/engine.ts';
import { sendJson } from '../respond.ts';
import type { Call } from '../router.ts';

/** `GET /slipway/images/file`. */
export const fileInImage =
  (images: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const { query } = call;
    sendJson(call.response, 200, await images.file(query.get('image') ?? '', query.get('path') ?? '/'));
  };

/** `GET /slipway/images/file/layers`. */
export const layersOfFile =
  (images: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const { query } = call;
    sendJson(call.response, 200, await images.fileLayers(query.get('image') ?? '', query.get('path') ?? '/'));
  };
