import type { Item, Scene } from './scene.ts';

/** What is drawn ahead of what is in sight, in CSS pixels: scrolling finds it there. */
const MARGIN = 240;

/** The part of a scene that is in sight, in CSS pixels. */
export interface Sight {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What is seen of a scene, with a margin around it. */
export function visibleItems({ items }: Pick<Scene, 'items'>, view: Sight): readonly Item[] {
  const [left, top] = [view.left - MARGIN, view.top - MARGIN];
  const [right, bottom] = [view.left + view.width + MARGIN, view.top + view.height + MARGIN];
  return items.filter(
    ({ x, y, width, height }) => x < right && y < bottom && x + width > left && y + height > top,
  );
}

/** What came, went and moved between two scenes, of what is seen. */
export function changesBetween(
  before: Pick<Scene, 'items'>,
  after: Pick<Scene, 'items'>,
  view: Sight,
): Readonly<Record<'fresh' | 'gone' | 'moved', readonly Item[]>> {
  const old = new Map(before.items.map((item) => [item.key, item]));
  const now = new Set(after.items.map(({ key }) => key));
  const seen = visibleItems(after, view);
  return {
    fresh: seen.filter(({ key }) => !old.has(key)),
    gone: visibleItems(before, view).filter(({ key, kind }) => !now.has(key) && kind !== 'lane'),
    moved: seen.filter(({ key, x, y }) => {
      const was = old.get(key);
      return was !== undefined && (was.x !== x || was.y !== y);
    }),
  };
}
