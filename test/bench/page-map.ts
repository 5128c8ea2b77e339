import type { MapChange, MapImage, MapState } from '../../server/protocol.ts';
import { crowd, layer } from '../../web/map/testing.ts';
import type { Figure, LessonPage } from './page.ts';
import { quantile } from './table.ts';

const IMAGES = 200;
const LAYERS = 2000;
const ROUNDS = 9;
/** Of so many images one changes in a round, each time another. */
const ONE_IN = 9;
const ROUND_MS = 1000;
/** Layers that are other ones when an image has been built anew. */
const BUILT_ANEW = 2;

/** Milliseconds between the frames of a map while every ninth image is built anew at the same moment. */
export async function measureFrames({ page }: LessonPage): Promise<Figure[]> {
  await page.evaluate('bench.prompt()');
  await page.getByRole('button', { name: 'Map', exact: true }).click();
  await page.locator('.map-item').first().waitFor();
  let state = crowd(IMAGES, LAYERS);
  await page.evaluate(asksBench(state));
  await page.locator('.map-item.image').first().waitFor();
  const frames: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const change = changeOf(state, round);
    state = { ...state, images: applied(state.images, change) };
    const told = `bench.tellMap(${JSON.stringify(change)})`;
    frames.push(...(await page.evaluate<number[]>(`bench.frames(() => ${told}, ${ROUND_MS})`)));
  }
  return [quantile(frames, 0.5), quantile(frames, 0.95), Math.max(...frames)].map((outcome) => ({ outcome }));
}

/** The map asks this for the engine's state and its changes, in place of the machine. */
const asksBench = (state: MapState): string => `(() => {
  const listeners = {};
  const socket = {
    connected: true,
    listen: (event, listener) => {
      listeners[event] = listener;
      return () => delete listeners[event];
    },
    tell: () => undefined,
    ask: async () => ({ at: Date.now(), state: ${JSON.stringify(state)}, changes: [], goal: null }),
  };
  bench.tellMap = (change) => listeners['map:change'](change);
  document.querySelector('slipway-map').session = { join: (part) => part.begin(socket) };
})()`;

function changeOf({ images }: MapState, round: number): MapChange {
  const old = images.filter((_, i) => i % ONE_IN === round % ONE_IN);
  const built = old.map((image) => builtAnew(image, round));
  const fresh = built.flatMap(({ layers }) => layers.slice(-BUILT_ANEW));
  return {
    at: Date.now(),
    minor: false,
    tables: {
      images: { set: built, gone: old.map(({ id }) => id) },
      layers: {
        set: fresh.map((id) => layer(id)),
        gone: old.flatMap(({ layers }) => layers.slice(-BUILT_ANEW)),
      },
    },
  };
}

function builtAnew(image: MapImage, round: number): MapImage {
  const layers = image.layers.map((id, i) =>
    i < image.layers.length - BUILT_ANEW ? id : `${id}-again${round}`,
  );
  return { ...image, id: `${image.id}-again${round}`, layers };
}

/** In the places of the old ones. */
function applied(images: readonly MapImage[], { tables }: MapChange): MapImage[] {
  const { set = [], gone = [] } = tables.images ?? {};
  return images.map((image) => set[gone.indexOf(image.id)] ?? image);
}
