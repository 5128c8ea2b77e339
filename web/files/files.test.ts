import { expect, it } from 'vitest';
import type { SessionSocket } from '../socket.ts';
import { LearnerFiles } from './files.ts';

/** The far side of the connection: what was asked to be watched, and the way to show a folder. */
function connect(files: LearnerFiles) {
  const watched: (readonly string[])[] = [];
  let show: (message: { path: string; listing: unknown }) => void = () => undefined;
  const socket = {
    tell: (_event: string, { folders }: { folders: readonly string[] }) => void watched.push(folders),
    listen: (_event: string, listener: typeof show) => {
      show = listener;
      return () => undefined;
    },
  } as unknown as SessionSocket;
  const end = files.begin(socket);
  return {
    watched,
    end,
    show: (path: string, ...names: string[]) => show({ path, listing: listing(names) }),
  };
}

const listing = (names: readonly string[]) => ({
  entries: names.map((name) => ({ name, type: 'folder', size: 0, version: '1-1' })),
  more: false,
});

it('looks at the home from the first moment, and again after a lost connection', () => {
  const files = new LearnerFiles(() => 's');
  const first = connect(files);
  expect(first.watched).toEqual([['']]);
  first.end();
  expect(connect(files).watched).toEqual([['']]);
});

it('looks at what is open, and no longer at what is closed', () => {
  const files = new LearnerFiles(() => 's');
  const { watched, show } = connect(files);
  show('', 'app');
  files.setExpanded('app/src', true);
  files.follow(['lib/a', 'lib/b']);
  expect(watched.slice(1)).toEqual([
    ['', 'app/src', 'app'],
    ['', 'lib', 'app/src', 'app'],
  ]);
  files.setExpanded('app', false);
  expect(watched.at(-1)).toEqual(['', 'lib']);
  expect([...files.store.value.folders.keys()]).toEqual(['']);
});
