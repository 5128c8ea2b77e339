import type { Item, Scene } from './scene.ts';

/** What is seen of a scene, with a margin around it so that scrolling finds it drawn. */
export function visibleItems(
  { items }: Scene,
  view: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): readonly Item[] {
  const margin = 240;
  const [right, bottom] = [view.left + view.width + margin, view.top + view.height + margin];
  return items.filter(
    ({ x, y, width, height }) =>
      x < right && y < bottom && x + width > view.left - margin && y + height > view.top - margin,
  );
}
