import type { MapGoal, MapWish } from '../../server/protocol.ts';
import { HUB } from './names.ts';
import type { Asked, Standing } from './ghosts.ts';

const BEGINNINGS: Readonly<Record<Standing, string>> = {
  wanted: 'Still asked for',
  unlike: 'Not yet as asked',
  reached: 'Reached',
  leave: 'Still to be removed',
  left: 'Removed',
};

/** `Still asked for: image web:2, made from debian:latest with one layer on top.` */
export function wordsOf(asked: Asked): string {
  return `${beginningOf(asked)} ${restOf(asked)}`;
}

/** Such as `Still asked for:`. */
export function beginningOf({ standing }: Asked): string {
  return `${BEGINNINGS[standing]}:`;
}

/** What follows it. */
export function restOf(asked: Asked): string {
  const { wish, standing } = asked;
  const wants = isDone(asked) || standing === 'leave' ? [] : wantsOf(wish);
  return `${[nameOfWish(wish), ...wants].join(', ')}.`;
}

export function isDone({ standing }: Asked): boolean {
  return standing === 'reached' || standing === 'left';
}

/** `image web:2`, `a container of debian:latest`, `repository web:1 in the hub`. */
export function nameOfWish(wish: MapWish): string {
  switch (wish.kind) {
    case 'container':
      return wish.name === '' ? `a container of ${wish.image || 'any image'}` : `container ${wish.name}`;
    case 'repository': {
      const place = wish.registry === HUB ? 'in the hub' : `in ${wish.registry}`;
      return `repository ${wish.name}${wish.tag === '' ? '' : `:${wish.tag}`} ${place}`;
    }
    default:
      return `${wish.kind} ${wish.name}`;
  }
}

function wantsOf(wish: MapWish): string[] {
  const { wants } = wish;
  if (wish.kind === 'container') {
    const of = wish.name === '' || wish.image === '' ? [] : [`of ${wish.image}`];
    return [...of, ...(wish.state === '' ? [] : [wish.state]), ...wants];
  }
  if (wish.kind !== 'image') return [...wants];
  const parent = wish.parent === '' ? [] : [`made from ${wish.parent}${onTop(wish.layers)}`];
  return [...(wish.sameAs === '' ? [] : [`another name of ${wish.sameAs}`]), ...parent, ...wants];
}

function onTop(layers: number | null): string {
  if (layers === null) return '';
  if (layers === 0) return ' without a layer on top';
  return layers === 1 ? ' with one layer on top' : ` with ${layers} layers on top`;
}

/** What came true between two states of one task, to be spoken. */
export function cameTrue(before: MapGoal | null, after: MapGoal | null): readonly string[] {
  if (!before || before.task !== after?.task) return [];
  const open = new Set(before.wishes.filter(({ reached }) => !reached).map(nameOfWish));
  return after.wishes
    .filter((wish) => wish.reached && open.has(nameOfWish(wish)))
    .map((wish) => `${wish.gone ? 'Removed' : 'Reached'}: ${nameOfWish(wish)}.`);
}
