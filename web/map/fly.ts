import type { Flight } from './flights.ts';
import type { Item } from './scene.ts';

const FLIGHT_MS = 750;
/** Between the starts of two that fly at the same time. */
const STAGGER_MS = 70;

/** Whether somebody wants no motion. */
export const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/** Lets a slab fly from one place of `scene` to another; it is for the eye alone. */
export function fly(scene: HTMLElement, { from, to, label }: Flight, order: number): void {
  if (STILL.matches || document.hidden) return;
  const slab = document.createElement('div');
  slab.className = 'map-flight';
  slab.textContent = label;
  slab.setAttribute('aria-hidden', 'true');
  const width = Math.min(from.width, to.width);
  slab.style.width = `${width}px`;
  slab.style.height = `${Math.min(from.height, to.height)}px`;
  scene.append(slab);
  const at = (item: Item) => `translate(${item.x + (item.width - width) / 2}px, ${item.y}px)`;
  const animation = slab.animate(
    [
      { transform: at(from), opacity: 0 },
      { opacity: 1, offset: 0.15 },
      { opacity: 1, offset: 0.85 },
      { transform: at(to), opacity: 0 },
    ],
    { duration: FLIGHT_MS, delay: order * STAGGER_MS, easing: 'cubic-bezier(0.4, 0, 0.2, 1)', fill: 'both' },
  );
  const end = () => slab.remove();
  animation.finished.then(end, end);
}
