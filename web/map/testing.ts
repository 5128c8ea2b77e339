import type { MapContainer, MapImage, MapLayer, MapState, Transfer } from '../../server/protocol.ts';
import { EMPTY_STATE } from './moments.ts';

/** States for tests: an image is written as its layers, base first. */
export function stateOf(parts: Partial<MapState>): MapState {
  const layers = parts.layers && parts.layers.length > 0 ? parts.layers : layersOf(parts.images ?? []);
  return { ...EMPTY_STATE, ...parts, layers };
}

function layersOf(images: readonly MapImage[]): MapLayer[] {
  return [...new Set(images.flatMap(({ layers }) => layers))].map((id) => layer(id));
}

export function layer(id: string, part: Partial<MapLayer> = {}): MapLayer {
  return { id, diffId: `sha256:${id.padEnd(64, '0')}`, size: 100, createdBy: `RUN ${id}`, ...part };
}

export function image(id: string, layers: readonly string[], part: Partial<MapImage> = {}): MapImage {
  return { id, tags: [`${id}:latest`], digests: [], created: 1, parent: '', container: '', layers, ...part };
}

export function container(id: string, of: string, part: Partial<MapContainer> = {}): MapContainer {
  return {
    id,
    name: id,
    image: of,
    imageName: of,
    command: 'sh',
    state: 'running',
    exitCode: null,
    ports: [],
    networks: [],
    mounts: [],
    ...part,
  };
}

export function transfer(id: string, part: Partial<Transfer>): Transfer {
  return {
    id,
    verb: 'push',
    reference: 'web:1',
    registry: 'docker.io',
    startedAt: 1,
    state: 'running',
    layers: [],
    ...part,
  };
}

/** As many images on a few bases as a machine may well have: `layers` in all, about. */
export function crowd(images: number, layers: number): MapState {
  const own = Math.max(1, Math.round(layers / images));
  return stateOf({
    images: Array.from({ length: images }, (_, i) =>
      image(
        `i${i}`,
        [
          `base${i % 8}`,
          `kit${i % 8}-${Math.floor(i / 8) % 3}`,
          ...Array.from({ length: own }, (__, n) => `own${i}-${n}`),
        ],
        { created: i },
      ),
    ),
  });
}
