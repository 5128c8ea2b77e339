import type { Item, Scene } from './scene.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** What the arrow keys can reach. */
export const isTarget = ({ kind }: Item): boolean => kind !== 'lane' && kind !== 'tag';

/** The nearest item in a direction: first what lies straight ahead, then what is a little aside. */
export function neighbour({ items }: Scene, from: Item, direction: Direction): Item | undefined {
  let best: Item | undefined;
  let bestCost = Infinity;
  for (const item of items) {
    if (item === from || !isTarget(item)) continue;
    const cost = costOf(from, item, direction);
    if (cost < bestCost) [best, bestCost] = [item, cost];
  }
  return best;
}

function costOf(from: Item, to: Item, direction: Direction): number {
  const vertical = direction === 'up' || direction === 'down';
  const [start, end, along] = vertical
    ? [from.y, from.y + from.height, to.y >= from.y + from.height ? to.y : to.y + to.height]
    : [from.x, from.x + from.width, to.x >= from.x + from.width ? to.x : to.x + to.width];
  const ahead = direction === 'down' || direction === 'right' ? along - end : start - along;
  if (ahead < 0) return Infinity;
  const aside = vertical
    ? gap(from.x, from.x + from.width, to.x, to.x + to.width)
    : gap(from.y, from.y + from.height, to.y, to.y + to.height);
  const centre = vertical
    ? Math.abs(from.x + from.width / 2 - to.x - to.width / 2)
    : Math.abs(from.y + from.height / 2 - to.y - to.height / 2);
  return ahead + aside * 4 + centre / 100;
}

/** Between two stretches of a line; 0 when they overlap. */
function gap(a: number, aEnd: number, b: number, bEnd: number): number {
  return Math.max(0, b - aEnd, a - bEnd);
}
