import type { FileEntry } from '../../server/protocol.ts';
import type { FilesState } from './files.ts';
import { join } from './paths.ts';

/** One line of the tree. */
export interface TreeRow {
  readonly path: string;
  readonly entry: FileEntry;
  /** From one. */
  readonly level: number;
  /** For folders. */
  readonly expanded: boolean;
  /** Among those beside it, from one, and how many these are. */
  readonly place: number;
  readonly count: number;
}

/** What programs leave in a home for themselves: there, but nobody's work. */
const HOUSEKEEPING = new Set(
  '.bash_history .bashrc .profile .cache .config .docker .lesshst .local .npm .viminfo .wget-hsts .python_history .ssh .sudo_as_admin_successful .selected_editor .gnupg'.split(
    ' ',
  ),
);

/** The tree as lines: folders first, then by name as people order names. */
export function treeRows({ folders, expanded }: Pick<FilesState, 'folders' | 'expanded'>): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (folder: string, level: number): void => {
    const entries = visible(folder, folders.get(folder)?.entries ?? []);
    for (const [index, entry] of entries.entries()) {
      const path = join(folder, entry.name);
      const open = entry.type === 'folder' && expanded.has(path);
      rows.push({ path, entry, level, expanded: open, place: index + 1, count: entries.length });
      if (open) add(path, level + 1);
    }
  };
  add('', 1);
  return rows;
}

const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function visible(folder: string, entries: readonly FileEntry[]): FileEntry[] {
  return entries
    .filter(({ name }) => folder !== '' || !HOUSEKEEPING.has(name))
    .sort(
      (a, b) => Number(b.type === 'folder') - Number(a.type === 'folder') || order.compare(a.name, b.name),
    );
}
