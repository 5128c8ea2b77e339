import type { EngineClient } from '../engine/client.ts';
import type { MapContainer, MapImage, MapLayer, MapNetwork, MapVolume } from './protocol.ts';
import { Containers, Images, Networks, Stacks, Volumes, type Container, type Stack } from './schemas.ts';

/** As many as the engine tells at a time. */
const STACKS_AT_ONCE = 100;
/** Digits of a chain id that tell layers of one machine apart. */
const LAYER_ID_DIGITS = 20;

export interface Snapshot {
  readonly images: readonly MapImage[];
  readonly layers: readonly MapLayer[];
  readonly containers: readonly MapContainer[];
  readonly volumes: readonly MapVolume[];
  readonly networks: readonly MapNetwork[];
}

/** Reads what is there now. What an image is made of never changes, and is asked for once. */
export class Reader {
  readonly #engine: EngineClient;
  #stacks = new Map<string, Stack>();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  async read(): Promise<Snapshot> {
    const engine = this.#engine;
    const [{ images: shown }, containers, { Volumes: volumes }, networks] = await Promise.all([
      engine.get('/slipway/map/images', Images),
      engine.get('/v1.41/containers/json?all=1', Containers),
      engine.get('/v1.41/volumes', Volumes),
      engine.get('/v1.41/networks', Networks),
    ]);
    await this.#learn(shown.map(({ id }) => id));
    const layers = new Map<string, MapLayer>();
    const images = shown.flatMap((image): MapImage[] => {
      const stack = this.#stacks.get(image.id);
      if (!stack) return [];
      for (const { chainId, ...layer } of stack.layers) {
        const id = layerId(chainId);
        if (!layers.has(id)) layers.set(id, { id, ...layer });
      }
      return [
        { ...image, container: stack.container, layers: stack.layers.map((each) => layerId(each.chainId)) },
      ];
    });
    return {
      images,
      layers: [...layers.values()],
      containers: containers.map(containerOf),
      volumes: volumes.map(({ Name, Driver }) => ({ id: Name, driver: Driver })),
      networks: networks.map(({ Id, Name, Driver, IPAM }) => ({
        id: Id,
        name: Name,
        driver: Driver,
        subnet: IPAM?.Config[0]?.Subnet ?? '',
      })),
    };
  }

  /** Forgets what is gone, and asks for what is new. */
  async #learn(ids: readonly string[]): Promise<void> {
    const wanted = ids.filter((id) => !this.#stacks.has(id));
    const here = new Set(ids);
    this.#stacks = new Map([...this.#stacks].filter(([id]) => here.has(id)));
    for (let at = 0; at < wanted.length; at += STACKS_AT_ONCE) {
      const hex = wanted.slice(at, at + STACKS_AT_ONCE).map((id) => id.slice('sha256:'.length));
      const stacks = await this.#engine.get(`/slipway/map/stacks?images=${hex.join(',')}`, Stacks);
      for (const stack of stacks) this.#stacks.set(stack.id, stack);
    }
  }
}

function layerId(chainId: string): string {
  return chainId.slice('sha256:'.length, 'sha256:'.length + LAYER_ID_DIGITS);
}

function containerOf(container: Container): MapContainer {
  const networks = Object.entries(container.NetworkSettings?.Networks ?? {}).slice(0, 20);
  const exit = /^Exited \((-?\d+)\)/.exec(container.Status)?.[1];
  return {
    id: container.Id,
    name: (container.Names[0] ?? container.Id.slice(0, 12)).replace(/^\//, ''),
    image: container.ImageID,
    imageName: container.Image,
    command: container.Command,
    state: container.State,
    exitCode: exit === undefined ? null : Number(exit),
    ports: [...new Set(container.Ports.map(portOf))],
    networks: networks.map(([name, { IPAddress }]) => ({ name, address: IPAddress ?? '' })),
    mounts: container.Mounts.map(({ Type, Name, Source, Destination }) => ({
      volume: Type === 'volume' ? (Name ?? '') : '',
      source: Type === 'volume' ? '' : (Source ?? ''),
      target: Destination,
    })),
  };
}

function portOf({ PublicPort, PrivatePort, Type }: Container['Ports'][number]): string {
  const inside = `${PrivatePort}/${Type}`;
  return PublicPort ? `${PublicPort} → ${inside}` : inside;
}
