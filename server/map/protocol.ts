/**
 * The map's part of the contract between the page and the server (`server/protocol.ts`): the state of one machine's
 * engine, sent while a page has the map open. Texts that come from the machine are learner input: shown, never run.
 */

import type { BuildRecord, LayerFiles, Transfer } from '../../sandbox/engine/routes.ts';

export type {
  BuildRecord,
  BuildStep,
  Difference,
  LayerFile,
  LayerFiles,
  Transfer,
  TransferLayer,
} from '../../sandbox/engine/routes.ts';

/** Everything has an `id` of its own within its table. */
export interface MapTables {
  readonly images: MapImage;
  readonly layers: MapLayer;
  readonly containers: MapContainer;
  readonly volumes: MapVolume;
  readonly networks: MapNetwork;
  readonly builds: BuildRecord;
  readonly transfers: Transfer;
}

export type MapTable = keyof MapTables;

export const MAP_TABLES = [
  'images',
  'layers',
  'containers',
  'volumes',
  'networks',
  'builds',
  'transfers',
] as const satisfies readonly MapTable[];

/** The engine at one moment; tables keep the order in which things came. */
export type MapState = { readonly [T in MapTable]: readonly MapTables[T][] };

export interface MapImage {
  /** Digest of its configuration. */
  readonly id: string;
  /** `web:1`; empty for a dangling image. */
  readonly tags: readonly string[];
  /** `web@sha256:…`: where a registry is known to have it. */
  readonly digests: readonly string[];
  /** Seconds since 1970. */
  readonly created: number;
  /** The image it was made from, where the map has it; else empty. */
  readonly parent: string;
  /** The container that it was committed from; else empty. */
  readonly container: string;
  /** Ids of its layers, base first. */
  readonly layers: readonly string[];
}

/** A layer in its place: the same files on another base are another one. */
export interface MapLayer {
  /** Stands for the layer and all below it. */
  readonly id: string;
  readonly diffId: string;
  /** Bytes. */
  readonly size: number;
  /** The instruction that made it, as the history says it. */
  readonly createdBy: string;
}

export interface MapContainer {
  readonly id: string;
  readonly name: string;
  /** Id of its image. */
  readonly image: string;
  /** As it was asked for. */
  readonly imageName: string;
  readonly command: string;
  /** `running`, `exited`, `created`, `paused`, … */
  readonly state: string;
  /** Null while it has not ended. */
  readonly exitCode: number | null;
  /** `8080 → 80/tcp`. */
  readonly ports: readonly string[];
  readonly networks: readonly { readonly name: string; readonly address: string }[];
  readonly mounts: readonly {
    /** Of a volume; empty for a folder of the machine. */
    readonly volume: string;
    readonly source: string;
    readonly target: string;
  }[];
}

export interface MapVolume {
  readonly id: string;
  readonly driver: string;
}

export interface MapNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly subnet: string;
}

/**
 * Builds or transfers that are over in `after` and were not in `before`. Of those that nobody has seen under way, only what
 * joins others counts: the first that are heard of may have ended long ago.
 */
export function ended<T extends BuildRecord | Transfer>(
  before: readonly T[],
  after: readonly T[],
): readonly T[] {
  const known = new Map(before.map((record) => [record.id, record.state]));
  return after.filter(({ id, state }) => {
    const was = known.get(id) ?? (before.length > 0 ? 'running' : state);
    return state !== 'running' && was === 'running';
  });
}

/** What is new in each table: `set` adds or replaces, `gone` are ids. Tables that stay as they are are left out. */
export interface MapChange {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Only progress of builds and transfers that go on: no moment of its own in the history. */
  readonly minor: boolean;
  readonly tables: {
    readonly [T in MapTable]?: { readonly set: readonly MapTables[T][]; readonly gone: readonly string[] };
  };
}

/** The first of the moments that are kept, and what came after it, oldest first. */
export interface MapHistory {
  readonly at: number;
  readonly state: MapState;
  readonly changes: readonly MapChange[];
}

/** What the first open task of the lesson asks for, as far as it can be drawn. */
export interface MapGoal {
  /** Id and title of the task. */
  readonly task: string;
  readonly title: string;
  /** Empty when nothing of it can be drawn. */
  readonly wishes: readonly MapWish[];
}

interface WishBase {
  readonly name: string;
  /** All that the task asks of it holds. */
  readonly reached: boolean;
  /** It is asked not to be there. */
  readonly gone: boolean;
  /** What it has to be like, in words that follow its name: `with /usr/local/bin/greet`. */
  readonly wants: readonly string[];
}

export type MapWish =
  | (WishBase & {
      readonly kind: 'image';
      /** As `docker images` shows it; so are the other names of images here. */
      readonly name: string;
      /** The image whose layers lie below; empty when any will do. */
      readonly parent: string;
      /** The image that it is another name of; else empty. */
      readonly sameAs: string;
      /** Layers on top of `parent`, or in all when it has none; null when any number will do. */
      readonly layers: number | null;
    })
  | (WishBase & {
      readonly kind: 'container';
      /** Empty when any will do. */
      readonly name: string;
      /** Empty when any will do. */
      readonly image: string;
      /** Such as `running`; empty when any will do. */
      readonly state: string;
    })
  | (WishBase & { readonly kind: 'volume' | 'network' })
  | (WishBase & {
      readonly kind: 'repository';
      /** On the hub without the learner's own name. */
      readonly name: string;
      /** `docker.io` or `localhost:5000`. */
      readonly registry: string;
      /** Empty when any will do. */
      readonly tag: string;
    });

/** Moments that are kept of a session. */
export const MAP_MOMENTS_MAX = 60;

export interface MapImageDetail {
  /** The configuration as it is stored, as indented JSON; cut at `MAP_CONFIG_MAX`. */
  readonly config: string;
  readonly cut: boolean;
  /** What registries have of it beside that, as far as it was pulled or pushed: an index before its manifest. */
  readonly documents: readonly MapDocument[];
  /** Oldest first. */
  readonly steps: readonly { readonly createdBy: string; readonly size: number; readonly comment: string }[];
}

export interface MapDocument {
  readonly kind: 'index' | 'manifest';
  readonly digest: string;
  /** `debian@sha256:…`: what it is pulled by; empty for a manifest that only an index leads to. */
  readonly names: readonly string[];
  /** Indented JSON; cut at `MAP_CONFIG_MAX`. */
  readonly json: string;
  readonly cut: boolean;
}

/** Code units. */
export const MAP_CONFIG_MAX = 64 * 1024;

export interface MapContainerDetail {
  readonly changes: readonly {
    readonly path: string;
    readonly change: 'added' | 'changed' | 'deleted';
  }[];
  /** Of which `changes` are the first. */
  readonly total: number;
  /** Bytes in the writable layer. */
  readonly size: number;
}

type Reply<T> = (
  answer: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string },
) => void;

export interface MapClientToServer {
  /** Begins `map:change` to this page; again after the machine was away. */
  'map:open': (request: null, reply: Reply<MapHistory & { readonly goal: MapGoal | null }>) => void;
  /** Ends it. */
  'map:close': (message: null) => void;
  /** The files of an image's layer `layer`, base first. */
  'map:files': (request: { image: string; layer: number }, reply: Reply<LayerFiles>) => void;
  'map:image': (request: { image: string }, reply: Reply<MapImageDetail>) => void;
  'map:container': (request: { container: string }, reply: Reply<MapContainerDetail>) => void;
}

export interface MapServerToClient {
  'map:change': (change: MapChange) => void;
  /** Null when no task is open. Sent on every change; `map:open` answers with the first one. */
  'map:goal': (goal: MapGoal | null) => void;
}
