import balena from '@balena/dockerignore';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileIgnore, readIgnoreFile } from './ignore.ts';

const PATHS = [
  ...['f', 'f.md', 'README.md', 'a', 'a/f', 'a/b', 'a/b/f', 'a/b/c', 'a/b/c/f', 'ab', 'abc', 'Af'],
  ...['dir', 'dir/f', 'dir/sub', 'dir/sub/f', '.git', '.git/config', 'x', 'x/README.md', 'x/c++'],
  ...['br1', 'br[1]', 'st*r', 'star', '#c', '!e', 'sp ace', 'sp ace/f'],
];

/** Seen with Docker's own client: what is left out of a context with these paths. */
test.each<[string, string[]]>([
  ['*.md\n!README.md', ['f.md']],
  ['/a/b', ['a/b', 'a/b/f', 'a/b/c', 'a/b/c/f']],
  ['a/b/\n', ['a/b', 'a/b/f', 'a/b/c', 'a/b/c/f']],
  ['**/f', ['f', 'a/f', 'a/b/f', 'a/b/c/f', 'dir/f', 'dir/sub/f', 'sp ace/f']],
  ['**/f\n!a/b/f', ['f', 'a/f', 'a/b/c/f', 'dir/f', 'dir/sub/f', 'sp ace/f']],
  ['a\n!a/b', ['a', 'a/f']],
  ['a/*\n!a/b/c', ['a/f', 'a/b', 'a/b/f']],
  ['*/README.md', ['x/README.md']],
  ['#c', []],
  [' #c', ['#c']],
  ['!e', []],
  ['\\!e', ['!e']],
  ['a?', ['ab']],
  ['[a-b]*', ['a', 'a/f', 'a/b', 'a/b/f', 'a/b/c', 'a/b/c/f', 'ab', 'abc', 'br1', 'br[1]']],
  ['[^a-zA-Z.]*', ['#c', '!e']],
  ['br[1]', ['br1']],
  ['br\\[1]', ['br[1]']],
  ['br[[]1]', ['br[1]']],
  ['st\\*r', ['st*r']],
  ['.', []],
  ['/', []],
  ['./', []],
  ['*', PATHS],
  ['**', PATHS],
  ['*\n!f', PATHS.filter((path) => path !== 'f')],
  ['  f  \n', ['f']],
  ['./f', ['f']],
  ['../f', []],
  ['a/../f', ['f']],
  ['dir/**', ['dir/f', 'dir/sub', 'dir/sub/f']],
  ['**/sub', ['dir/sub', 'dir/sub/f']],
  ['**dir', ['dir', 'dir/f', 'dir/sub', 'dir/sub/f']],
  ['a/**/f', ['a/f', 'a/b/f', 'a/b/c/f']],
  ['a**', ['a', 'a/f', 'a/b', 'a/b/f', 'a/b/c', 'a/b/c/f', 'ab', 'abc']],
  ['A*', ['Af']],
  ['sp ace', ['sp ace', 'sp ace/f']],
  ['f/', ['f']],
  ['x/*\n!x/README.md', ['x/c++']],
  ['*/b', ['a/b', 'a/b/f', 'a/b/c', 'a/b/c/f']],
  ['*/*/f', ['a/b/f', 'dir/sub/f', 'a/b/c/f'].slice(0, 2)],
  ['a/b/c/..', ['a/b', 'a/b/f', 'a/b/c', 'a/b/c/f']],
  ['\ufefff\r\n\r\n# x\r\nab\r\n', ['f', 'ab']],
])('%j', (text, expected) => {
  const ignored = compileIgnore(readIgnoreFile(text));
  expect(PATHS.filter(ignored).toSorted()).toEqual(expected.toSorted());
});

test.each([
  ['!', 'illegal exclusion pattern: "!"'],
  ['[', 'syntax error in pattern'],
  ['[]a]', 'syntax error in pattern'],
  ['[a-]', 'syntax error in pattern'],
  ['a\\', 'syntax error in pattern'],
])('refuses %j', (text, message) => {
  expect(() => compileIgnore(readIgnoreFile(text))).toThrow(message);
});

test('agrees with the package that other clients use', () => {
  const name = fc.constantFrom('a', 'b', 'ab', 'c.d', 'Ab');
  const part = fc.constantFrom('a', 'b', 'a?', '*', '**', '*b', 'c.*', 'ab', 'Ab', 'a*');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const pattern = fc
    .tuple(fc.constantFrom('', '!', '/'), fc.array(part, { minLength: 1, maxLength: 4 }))
    .map(([prefix, parts]) => prefix + parts.join('/'));
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 5 }), path, (patterns, each) => {
      const theirs = balena.default({ ignorecase: false }).add(patterns).ignores(each);
      expect(compileIgnore(readIgnoreFile(patterns.join('\n')))(each)).toBe(theirs);
    }),
    { numRuns: 400 },
  );
});

test('takes no long time over any pattern', () => {
  const ignored = compileIgnore([`${'**/a*'.repeat(40)}b`]);
  expect(ignored('a/'.repeat(400))).toBe(false);
});
