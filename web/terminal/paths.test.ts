import { expect, it } from 'vitest';
import { pathsIn, promptFolder } from './paths.ts';

it.each<[string, (readonly [path: string, line: number | undefined])[]]>([
  ['web/app.js:12', [['web/app.js', 12]]],
  ['    at main (/root/web/app.js:12:3)', [['/root/web/app.js', 12]]],
  ['    at file:///root/web/app.mjs:7:1', [['/root/web/app.mjs', 7]]],
  ['  File "main.py", line 3, in <module>', [['main.py', 3]]],
  ['src/a.ts(4,2): error', [['src/a.ts', 4]]],
  [
    '~/app/.env and ./run.sh.',
    [
      ['~/app/.env', undefined],
      ['./run.sh', undefined],
    ],
  ],
  ['Dockerfile:3', [['Dockerfile', 3]]],
  ['-rw-r--r-- 1 root root 12 Nov 21 main.py', [['main.py', undefined]]],
  ['see https://example.com/a.js:1', []],
  ['nothing here, v1 of it: 12:30', []],
  ['', []],
])('in %j it finds %j', (text, paths) => {
  expect(pathsIn(text).map(({ path, line }) => [path, line])).toEqual(paths);
});

it('says where it stands, the number of the line included', () => {
  const text = 'error in web/app.js:12:3.';
  const [{ start, end } = { start: 0, end: 0 }] = pathsIn(text);
  expect(text.slice(start, end)).toBe('web/app.js:12:3');
});

it('finds few in a line that is full of them, and quickly', () => {
  expect(pathsIn('a/b '.repeat(2000))).toHaveLength(8);
  expect(pathsIn('a/'.repeat(5000))).toEqual([]);
});

it.each([
  ['~ # ls', '~'],
  ['~/web 1 # node app.js', '~/web'],
  ['/etc $ cat hosts', '/etc'],
  ['  at main.js # x', null],
])('the prompt %j stands in %j', (line, folder) => {
  expect(promptFolder(line)).toBe(folder);
});
