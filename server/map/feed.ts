import { setTimeout as sleep } from 'node:timers/promises';
import { followEvents } from '../checks/event-stream.ts';
import type { EngineClient } from '../engine/client.ts';
import { changeOf, settle } from './change.ts';
import { readContainer, readFiles, readImage } from './details.ts';
import { followActivity } from './follow.ts';
import {
  MAP_MOMENTS_MAX,
  type BuildRecord,
  type LayerFiles,
  type MapChange,
  type MapContainerDetail,
  type MapHistory,
  type MapImageDetail,
  type MapState,
  type Transfer,
} from './protocol.ts';
import { Reader } from './read.ts';
import { Activity } from './schemas.ts';

/** After an event, together with those that come right after it: `docker run` alone makes five. */
const GATHER_MS = 60;
/** Between two readings of one machine. */
const REST_MS = 250;
const RETRY_MS = 2000;
const BUILDS_MAX = 12;
const TRANSFERS_MAX = 24;

const NOTHING: MapState = {
  images: [],
  layers: [],
  containers: [],
  volumes: [],
  networks: [],
  builds: [],
  transfers: [],
};

interface Moment {
  readonly at: number;
  readonly state: MapState;
}

export type MapListener = (change: MapChange) => void;

/**
 * The state of one machine's engine for its map, as long as somebody watches: read anew after each event, told as what
 * has changed. The last moments are kept, also while nobody watches.
 */
export class MapFeed {
  readonly #engine: EngineClient;
  readonly #reader: Reader;
  readonly #listeners = new Set<MapListener>();
  #moments: readonly Moment[] = [];
  #builds: readonly BuildRecord[] = [];
  #transfers: readonly Transfer[] = [];
  #following: AbortController | undefined;
  #first: Promise<void> | undefined;
  #wanted = false;
  #reading: Promise<void> | undefined;
  #closed = false;

  constructor(engine: EngineClient) {
    this.#engine = engine;
    this.#reader = new Reader(engine);
  }

  /** Begins to tell `listener`, after what the answer says. Rejects when the engine does not answer. */
  async open(listener: MapListener): Promise<MapHistory> {
    this.#listeners.add(listener);
    if (!this.#following) this.#follow();
    try {
      await this.#first;
    } catch (error) {
      this.leave(listener);
      throw error;
    }
    return this.#history();
  }

  leave(listener: MapListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#following?.abort();
    this.#following = undefined;
  }

  files(image: string, layer: number): Promise<LayerFiles> {
    return readFiles(this.#engine, image, layer);
  }

  image(image: string): Promise<MapImageDetail> {
    return readImage(this.#engine, image);
  }

  container(container: string): Promise<MapContainerDetail> {
    return readContainer(this.#engine, container);
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#following?.abort();
    this.#following = undefined;
  }

  #follow(): void {
    const following = new AbortController();
    this.#following = following;
    this.#first = this.#read();
    // Who opened it awaits it; others may have left.
    this.#first.catch(() => undefined);
    const soon = () => this.#soon();
    void followEvents(this.#engine, { connected: soon, event: soon }, following.signal);
    void followActivity(
      this.#engine,
      { schema: Activity, heard: (line) => this.#heard(line) },
      following.signal,
    );
  }

  #heard(line: Activity): void {
    if ('build' in line) this.#builds = put(this.#builds, line.build as BuildRecord, BUILDS_MAX);
    else this.#transfers = put(this.#transfers, line.transfer, TRANSFERS_MAX);
    this.#soon();
  }

  /** Reads, once more when something happens meanwhile; never more often than every `REST_MS`. */
  #soon(): void {
    this.#wanted = true;
    this.#reading ??= this.#readWhileWanted().finally(() => (this.#reading = undefined));
  }

  async #readWhileWanted(): Promise<void> {
    const signal = this.#following?.signal;
    while (this.#wanted && signal && !signal.aborted) {
      await sleep(GATHER_MS);
      this.#wanted = false;
      try {
        await this.#read();
        await sleep(REST_MS);
      } catch {
        this.#wanted = true;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #read(): Promise<void> {
    const snapshot = await this.#reader.read();
    if (this.#closed) return;
    const before = this.#moments.at(-1)?.state ?? NOTHING;
    const state: MapState = {
      images: settle(before.images, snapshot.images),
      layers: settle(before.layers, snapshot.layers),
      containers: settle(before.containers, snapshot.containers),
      volumes: settle(before.volumes, snapshot.volumes),
      networks: settle(before.networks, snapshot.networks),
      builds: settle(before.builds, this.#builds),
      transfers: settle(before.transfers, this.#transfers),
    };
    const at = Date.now();
    const change = changeOf(before, state, at);
    if (this.#moments.length === 0) {
      // Whoever waits for it gets it whole.
      this.#moments = [{ at, state }];
      return;
    }
    if (!change) return;
    this.#moments = keep(this.#moments, { at, state }, change.minor);
    for (const listener of this.#listeners) listener(change);
  }

  #history(): MapHistory {
    const [first = { at: Date.now(), state: NOTHING }, ...later] = this.#moments;
    const changes: MapChange[] = [];
    let before = first.state;
    for (const { at, state } of later) {
      const change = changeOf(before, state, at);
      if (change) changes.push(change);
      before = state;
    }
    return { ...first, changes };
  }
}

/** What is only progress takes the place of the moment before. */
function keep(moments: readonly Moment[], moment: Moment, minor: boolean): Moment[] {
  const last = moments.at(-1);
  const all =
    minor && last ? [...moments.slice(0, -1), { at: last.at, state: moment.state }] : [...moments, moment];
  return all.slice(-MAP_MOMENTS_MAX);
}

function put<T extends { readonly id: string; readonly startedAt: number }>(
  records: readonly T[],
  record: T,
  max: number,
): T[] {
  const rest = records.filter(({ id }) => id !== record.id);
  return [...rest, record].sort((a, b) => a.startedAt - b.startedAt).slice(-max);
}
