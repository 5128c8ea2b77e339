/** Terminals that can be seen at a time. */
const PANES_MAX = 2;

/**
 * The ids of the terminals that are shown, in their panes: the active one, and beside it another one while the terminals
 * are split. A terminal stays in its pane; the active one takes the place of the one that was active before.
 */
export function panesOf(
  ids: readonly string[],
  { active, split, before }: { active: string | null; split: boolean; before: Panes },
): Panes {
  if (active === null || !ids.includes(active)) return { shown: [], active: null };
  if (!split) return { shown: [active], active };
  let shown = before.shown.filter((id) => ids.includes(id)).slice(0, PANES_MAX);
  if (!shown.includes(active)) {
    const place = shown.indexOf(before.active ?? '');
    if (place !== -1 && shown.length === PANES_MAX) shown = shown.with(place, active);
    else shown = [...shown, active].slice(-PANES_MAX);
  }
  const other = ids.findLast((id) => !shown.includes(id));
  if (shown.length < PANES_MAX && other !== undefined) shown = [...shown, other];
  return { shown, active };
}

export interface Panes {
  readonly shown: readonly string[];
  readonly active: string | null;
}

export const NO_PANES: Panes = { shown: [], active: null };
