import type { Task } from '../../lessons/exercises.ts';
import { placeholdersIn, substituteAll } from '../../lessons/variables.ts';
import type { Values } from '../checks/values.ts';
import type { MapGoal, MapWish } from './protocol.ts';
import { wishesOf, type Wish } from './wishes.ts';

/** Wishes of one task, and words of one wish. */
const WISHES_MAX = 12;
const WANTS_MAX = 6;
const WANT_MAX = 120;

export interface Goal {
  readonly task: Pick<Task, 'id' | 'title' | 'checks'>;
  readonly values: Values;
  /** Of each check whether it holds; empty while nobody has looked. */
  readonly met: readonly boolean[];
}

/** What a task asks for, as far as it can be drawn: all that is asked of one thing is one wish. */
export function goalOf({ task, values, met }: Goal): MapGoal {
  const wishes = new Map<string, MapWish>();
  task.checks.forEach((check, i) => {
    // What it is about is not known yet.
    if (placeholdersIn(JSON.stringify(check)).some((name) => !(name in values))) return;
    for (const wish of wishesOf(substituteAll(check, values))) {
      const key = keyOf(wish);
      const before = wishes.get(key);
      wishes.set(key, withWish(before, { ...wish, reached: met[i] === true }));
    }
  });
  return { task: task.id, title: task.title, wishes: [...wishes.values()].slice(0, WISHES_MAX) };
}

/** A container without a name is any one from its image that does the same. */
function keyOf(wish: Wish): string {
  const { kind, name } = wish;
  if (kind === 'repository') return `${kind} ${wish.registry} ${name} ${wish.tag}`;
  return kind === 'container' && name === '' ? JSON.stringify(wish) : `${kind} ${name}`;
}

function withWish(before: MapWish | undefined, wish: MapWish): MapWish {
  if (!before) return { ...wish, wants: shortened(wish.wants) };
  const told = Object.fromEntries(
    Object.entries(wish).filter(([, value]) => value !== '' && value !== null),
  ) as Partial<MapWish>;
  return {
    ...before,
    ...told,
    reached: before.reached && wish.reached,
    gone: before.gone || wish.gone,
    wants: shortened([...new Set([...before.wants, ...wish.wants])]),
  } as MapWish;
}

function shortened(wants: readonly string[]): string[] {
  return wants
    .slice(0, WANTS_MAX)
    .map((want) => (want.length > WANT_MAX ? `${want.slice(0, WANT_MAX - 1)}…` : want));
}
