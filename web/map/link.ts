import type {
  LayerFiles,
  MapContainerDetail,
  MapGoal,
  MapImageDetail,
  MapState,
} from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import type { SessionPart } from '../session.ts';
import type { SessionSocket } from '../socket.ts';
import { Store } from '../store.ts';
import { cameTrue } from './goal-words.ts';
import { EMPTY_STATE, momentsOf, withChange, type Moment } from './moments.ts';

export interface LinkState {
  /** `waiting`: the machine is not there; `asking`: it was asked; `live`: told of every change. */
  readonly stage: 'waiting' | 'asking' | 'live' | 'failed';
  /** Why it failed: a sentence. */
  readonly problem: string;
  /** Oldest first. */
  readonly moments: readonly Moment[];
  /** What the task asks for; null when none is open. */
  readonly goal: MapGoal | null;
  /** What of it came true with the last change: sentences. */
  readonly cameTrue: readonly string[];
}

/** The map's end of the session's connection: what the engine's state is, and was. */
export class MapLink implements SessionPart {
  readonly store = new Store<LinkState>({
    stage: 'waiting',
    problem: '',
    moments: [],
    goal: null,
    cameTrue: [],
  });
  #socket: SessionSocket | null = null;

  get now(): MapState {
    return this.store.value.moments.at(-1)?.state ?? EMPTY_STATE;
  }

  begin(socket: SessionSocket): () => void {
    this.#socket = socket;
    const stops = [
      socket.listen('map:change', (change) => {
        const { moments, stage } = this.store.value;
        if (stage === 'live') this.store.update({ moments: withChange(moments, change) });
      }),
      socket.listen('map:goal', (goal) => {
        this.store.update({ goal, cameTrue: cameTrue(this.store.value.goal, goal) });
      }),
    ];
    void this.open();
    return () => {
      for (const stop of stops) stop();
      socket.tell('map:close', null);
      this.#socket = null;
      this.store.update({ stage: 'waiting' });
    };
  }

  /** Asks for the state; also the way out of `failed`. */
  async open(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    this.store.update({ stage: 'asking', problem: '' });
    try {
      const { goal, ...history } = await socket.ask('map:open', null);
      if (socket === this.#socket) this.store.update({ stage: 'live', moments: momentsOf(history), goal });
    } catch (error) {
      if (socket === this.#socket) this.store.update({ stage: 'failed', problem: sentence(error) });
    }
  }

  files(image: string, layer: number): Promise<LayerFiles> {
    return this.#connected().ask('map:files', { image, layer });
  }

  image(image: string): Promise<MapImageDetail> {
    return this.#connected().ask('map:image', { image });
  }

  container(container: string): Promise<MapContainerDetail> {
    return this.#connected().ask('map:container', { container });
  }

  #connected(): SessionSocket {
    if (!this.#socket) throw new Error('The machine is not there at this moment.');
    return this.#socket;
  }
}
