import type { MapGoal, MapImage, MapLayer, MapState, MapWish } from '../../server/protocol.ts';
import { HUB, registriesOf, type Registry } from './names.ts';

/** A repository that a task asks for. */
export interface WantedRepository {
  readonly host: string;
  readonly name: string;
}

/**
 * How something stands to what is asked for: `wanted`, it is not there; `unlike`, it is there and not yet as asked;
 * `reached`; `leave`, it is asked to go; `left`, it has gone.
 */
export type Standing = 'wanted' | 'unlike' | 'reached' | 'leave' | 'left';

/** A wish, and where the map shows it. */
export interface Asked {
  readonly wish: MapWish;
  readonly standing: Standing;
  /** Of the thing itself, or of its ghost; empty when it has no place. */
  readonly key: string;
}

/** The state with ghosts of what is asked for and is not there. */
export interface Haunted {
  readonly state: MapState;
  readonly wanted: readonly WantedRepository[];
  readonly asked: readonly Asked[];
  /** By key. */
  readonly standings: ReadonlyMap<string, Standing>;
}

/** No id of anything real has a blank in it. */
const GHOST = 'goal ';
const LAYERS_MAX = 5;

export function isGhost(id: string): boolean {
  return id.startsWith(GHOST);
}

/** The name of a volume; of a ghost without the mark of one. */
export function nameOf(id: string): string {
  return isGhost(id) ? id.slice(GHOST.length) : id;
}

export function haunt(state: MapState, goal: MapGoal | null): Haunted {
  const haunting = new Haunting(state);
  const asked = (goal?.wishes ?? []).map((wish) => haunting.ask(wish));
  const standings = new Map(asked.map(({ key, standing }) => [key, standing]));
  return { state: haunting.state, wanted: haunting.wanted, asked, standings };
}

/** The registries with those repositories first that are asked for and not there. */
export function withWanted(
  registries: readonly Registry[],
  wanted: readonly WantedRepository[],
): readonly Registry[] {
  const hosts = new Set(registries.map(({ host }) => host));
  const more = [...new Set(wanted.map(({ host }) => host))].filter((host) => !hosts.has(host));
  const all = [...registries, ...more.map((host) => ({ host, title: host, repositories: [] }))];
  return all.map((registry) => {
    const ghosts = wanted
      .filter(({ host }) => host === registry.host)
      .map(({ host, name }) => ({ id: ghostOfRepository(host, name), name, images: [] }));
    return { ...registry, repositories: [...ghosts, ...registry.repositories] };
  });
}

class Haunting {
  readonly #real: MapState;
  readonly wanted: WantedRepository[] = [];
  #state: MapState;

  constructor(state: MapState) {
    this.#real = state;
    this.#state = state;
  }

  get state(): MapState {
    return this.#state;
  }

  ask(wish: MapWish): Asked {
    const key = this.#find(wish);
    if (wish.gone) return { wish, key, standing: key === '' ? 'left' : 'leave' };
    if (wish.reached) return { wish, key, standing: 'reached' };
    if (key !== '') return { wish, key, standing: 'unlike' };
    return { wish, key: this.#place(wish), standing: 'wanted' };
  }

  /** The key of what the wish is about; empty when it is not there. */
  #find(wish: MapWish): string {
    const { images, containers, volumes, networks } = this.#real;
    switch (wish.kind) {
      case 'image':
        return keyOf(
          'image',
          images.find(({ tags }) => tags.includes(wish.name)),
        );
      case 'container': {
        const image = images.find(({ tags }) => tags.includes(wish.image));
        const of = containers.find((each) =>
          wish.name === ''
            ? wish.reached && each.image === image?.id && (wish.state === '' || each.state === wish.state)
            : each.name === wish.name,
        );
        return keyOf('container', of);
      }
      case 'volume':
        return keyOf(
          'volume',
          volumes.find(({ id }) => id === wish.name),
        );
      case 'network':
        return keyOf(
          'network',
          networks.find(({ name }) => name === wish.name),
        );
      case 'repository': {
        const registry = registriesOf(this.#real).find(({ host }) => host === wish.registry);
        return keyOf(
          'repository',
          registry?.repositories.find(({ name }) => isRepository(name, wish)),
        );
      }
    }
  }

  /** Puts a ghost where the wish would stand, and returns its key. */
  #place(wish: MapWish): string {
    const id = GHOST + wish.name;
    switch (wish.kind) {
      case 'image':
        return this.#placeImage(wish);
      case 'container':
        return this.#placeContainer(wish);
      case 'volume':
        this.#add('volumes', { id, driver: 'asked for' });
        return `volume ${id}`;
      case 'network':
        this.#add('networks', { id, name: wish.name, driver: 'asked for', subnet: '' });
        return `network ${id}`;
      case 'repository':
        this.wanted.push({ host: wish.registry, name: wish.name });
        return `repository ${ghostOfRepository(wish.registry, wish.name)}`;
    }
  }

  #placeImage({ name, parent, sameAs, layers }: MapWish & { readonly kind: 'image' }): string {
    const same = this.#imageNamed(sameAs || (layers === 0 ? parent : ''));
    if (same) {
      const labelled = { ...same, tags: [...same.tags, name] };
      const images = this.#state.images.map((each) => (each === same ? labelled : each));
      this.#state = { ...this.#state, images };
      return `tag ${name}`;
    }
    const below = parent === '' ? [] : (this.#imageNamed(parent)?.layers ?? this.#base(parent));
    const count = Math.min(layers ?? 1, LAYERS_MAX);
    const own = Array.from({ length: count }, (_, i) => this.#layer(`${name} ${i + 1}`, 'layer of its own'));
    this.#add('images', this.#image(name, [...below, ...own]));
    return `image ${GHOST}${name}`;
  }

  #placeContainer({ name, image, state }: MapWish & { readonly kind: 'container' }): string {
    if (image === '') return '';
    const id = GHOST + (name || `container of ${image}`);
    if (!this.#imageNamed(image)) this.#add('images', this.#image(image, this.#base(image)));
    this.#add('containers', {
      id,
      name: name || 'a container',
      image: this.#imageNamed(image)?.id ?? '',
      imageName: image,
      command: '',
      state: state || 'asked for',
      exitCode: null,
      ports: [],
      networks: [],
      mounts: [],
    });
    return `container ${id}`;
  }

  #image(name: string, layers: readonly string[]): MapImage {
    const last = Number.MAX_SAFE_INTEGER;
    return { id: GHOST + name, tags: [name], digests: [], created: last, parent: '', container: '', layers };
  }

  /** What stands for all layers of an image that is not there. */
  #base(image: string): readonly string[] {
    return [this.#layer(`base ${image}`, image)];
  }

  #layer(name: string, createdBy: string): string {
    const id = GHOST + name;
    if (!this.#state.layers.some((layer) => layer.id === id)) {
      const layer: MapLayer = { id, diffId: '', size: 0, createdBy };
      this.#add('layers', layer);
    }
    return id;
  }

  #imageNamed(name: string): MapImage | undefined {
    return this.#state.images.find(({ tags }) => tags.includes(name));
  }

  #add<T extends keyof MapState>(table: T, row: MapState[T][number]): void {
    this.#state = { ...this.#state, [table]: [...this.#state[table], row] };
  }
}

function keyOf(kind: string, found: { readonly id: string } | undefined): string {
  return found ? `${kind} ${found.id}` : '';
}

/** On the hub the learner's own name stands before it. */
function isRepository(name: string, wish: MapWish & { readonly kind: 'repository' }): boolean {
  if (wish.registry !== HUB) return name === `${wish.registry}/${wish.name}`;
  return name.includes('/') && name.endsWith(`/${wish.name}`);
}

function ghostOfRepository(host: string, name: string): string {
  return `${GHOST}${host}/${name}`;
}
