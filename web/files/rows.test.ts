import { expect, it } from 'vitest';
import type { FileEntry } from '../../server/protocol.ts';
import { treeRows } from './rows.ts';

const entry = (name: string, type: FileEntry['type'] = 'file'): FileEntry => ({
  name,
  type,
  size: 0,
  version: '1-1',
});
const listing = (...entries: FileEntry[]) => ({ entries, more: false });

it('shows folders first, names as people order them, and what is open', () => {
  const folders = new Map([
    [
      '',
      listing(entry('b'), entry('app', 'folder'), entry('.bashrc'), entry('.env'), entry('lib', 'folder')),
    ],
    ['app', listing(entry('step10'), entry('step9'))],
    ['lib', listing(entry('hidden'))],
  ]);
  const rows = treeRows({ folders, expanded: new Set(['app']) });
  expect(rows.map(({ path, level, place, count }) => [path, level, place, count])).toEqual([
    ['app', 1, 1, 4],
    ['app/step9', 2, 1, 2],
    ['app/step10', 2, 2, 2],
    ['lib', 1, 2, 4],
    ['.env', 1, 3, 4],
    ['b', 1, 4, 4],
  ]);
});
