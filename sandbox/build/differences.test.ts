import { expect, test } from 'vitest';
import { Differences } from './differences.ts';
import type { Found } from './source/find.ts';
import type { Source } from './source/source.ts';

/** A folder with these files, by name and content. */
function folder(files: Record<string, string>): Found {
  const source = {
    node: (path: string) => ({ kind: path === '' ? 'folder' : 'file' }),
    names: () => Object.keys(files).sort(),
    hash: (path: string) => Promise.resolve(`sum of ${files[path] ?? ''}`.padStart(30)),
  } as unknown as Source;
  return { source, path: '' as never, name: '.', hash: `dir:${JSON.stringify(files)}` };
}

test('says which files an instruction takes that it did not take the last time', async () => {
  const differences = new Differences();
  expect(await differences.compare('k', [folder({ a: '1', b: '1', c: '1' })])).toBeUndefined();
  expect(await differences.compare('k', [folder({ a: '1', b: '1', c: '1' })])).toBeUndefined();
  expect(await differences.compare('other', [folder({ a: '2' })])).toBeUndefined();
  expect(await differences.compare('k', [folder({ a: '1', b: '2', d: '1' })])).toEqual({
    total: 3,
    files: [
      { path: 'b', change: 'changed' },
      { path: 'c', change: 'deleted' },
      { path: 'd', change: 'added' },
    ],
  });
});

test('shows some of many, and counts all', async () => {
  const differences = new Differences();
  const many = (content: string) =>
    folder(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, content])));
  await differences.compare('k', [many('1')]);
  const difference = await differences.compare('k', [many('2')]);
  expect(difference?.total).toBe(100);
  expect(difference?.files.length).toBeLessThan(30);
});

test('forgets what was not seen for the longest', async () => {
  const differences = new Differences();
  const many = (content: string) =>
    folder(Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`f${i}`, content])));
  for (const key of ['a', 'b', 'c']) await differences.compare(key, [many('1')]);
  expect(await differences.compare('a', [many('2')])).toBeUndefined();
  expect((await differences.compare('c', [many('2')]))?.total).toBe(9000);
});
