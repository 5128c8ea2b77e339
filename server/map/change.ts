import {
  ended,
  MAP_TABLES,
  type BuildRecord,
  type MapChange,
  type MapState,
  type MapTable,
  type MapTables,
  type Transfer,
} from './protocol.ts';

/** A table that stayed as it was is the same object in both states, and costs nothing. */
export function changeOf(before: MapState, after: MapState, at: number): MapChange | undefined {
  const tables: { -readonly [T in MapTable]?: { set: readonly MapTables[T][]; gone: readonly string[] } } =
    {};
  let minor = true;
  for (const table of MAP_TABLES) {
    const difference = differenceOf(before[table], after[table]);
    if (!difference) continue;
    Object.assign(tables, { [table]: difference });
    minor &&=
      (table === 'builds' || table === 'transfers') &&
      ended<BuildRecord | Transfer>(before[table], after[table]).length === 0;
  }
  return Object.keys(tables).length === 0 ? undefined : { at, minor, tables };
}

type Row = MapTables[MapTable];

function differenceOf(
  before: readonly Row[],
  after: readonly Row[],
): { set: Row[]; gone: string[] } | undefined {
  if (before === after) return undefined;
  const old = new Map(before.map((row) => [row.id, row]));
  const set = after.filter((row) => old.get(row.id) !== row);
  const ids = new Set(after.map(({ id }) => id));
  const gone = before.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
  return set.length + gone.length === 0 ? undefined : { set, gone };
}

/**
 * The rows of `after`, in the order of `before` with new ones at the end; a row that says the same as before is the
 * object from before, and so is the table when all its rows are.
 */
export function settle<T extends Row>(before: readonly T[], after: readonly T[]): readonly T[] {
  const fresh = new Map(after.map((row) => [row.id, row]));
  const rows: T[] = [];
  for (const old of before) {
    const now = fresh.get(old.id);
    if (!now) continue;
    fresh.delete(old.id);
    rows.push(JSON.stringify(old) === JSON.stringify(now) ? old : now);
  }
  rows.push(...fresh.values());
  return rows.length === before.length && rows.every((row, i) => row === before[i]) ? before : rows;
}
