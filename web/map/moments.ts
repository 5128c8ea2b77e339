import { MAP_MOMENTS_MAX, MAP_TABLES } from '../../server/protocol.ts';
import type { MapChange, MapHistory, MapState } from '../../server/protocol.ts';
import { describeChange } from './describe.ts';

/** The engine at one time, and what had just happened. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly state: MapState;
  /** Sentences; empty for the first moment that is known. */
  readonly said: readonly string[];
}

export const EMPTY_STATE: MapState = {
  images: [],
  layers: [],
  containers: [],
  volumes: [],
  networks: [],
  builds: [],
  transfers: [],
};

export function applyChange(state: MapState, { tables }: MapChange): MapState {
  const next: Record<string, unknown> = { ...state };
  for (const table of MAP_TABLES) {
    const change = tables[table];
    if (change) next[table] = applyRows<{ readonly id: string }>(state[table], change);
  }
  return next as unknown as MapState;
}

function applyRows<T extends { readonly id: string }>(
  rows: readonly T[],
  { set, gone }: { readonly set: readonly T[]; readonly gone: readonly string[] },
): T[] {
  const removed = new Set(gone);
  const fresh = new Map(set.map((row) => [row.id, row]));
  const kept = rows.flatMap((row) => {
    if (removed.has(row.id)) return [];
    const now = fresh.get(row.id) ?? row;
    fresh.delete(row.id);
    return [now];
  });
  return [...kept, ...fresh.values()];
}

export function momentsOf({ at, state, changes }: MapHistory): readonly Moment[] {
  return changes.reduce<readonly Moment[]>(withChange, [{ at, state, said: [] }]);
}

/** With one moment more; what is only progress, and steps of a build on its way, belong to the last one. */
export function withChange(moments: readonly Moment[], change: MapChange): readonly Moment[] {
  const last = moments.at(-1) ?? { at: change.at, state: EMPTY_STATE, said: [] };
  const state = applyChange(last.state, change);
  const said = change.minor ? [] : describeChange(last.state, state);
  if (said.length === 0) return [...moments.slice(0, -1), { ...last, state }];
  return [...moments, { at: change.at, state, said }].slice(-MAP_MOMENTS_MAX);
}
