import { expect, it } from 'vitest';
import { fromHome, isWithin, join, nameOf, nameProblem, parentOf } from './paths.ts';

it.each([
  ['a/b/c', 'a/b', 'c'],
  ['a', '', 'a'],
])('%s lies in %j as %s', (path, folder, name) => {
  expect([parentOf(path), nameOf(path), join(folder, name)]).toEqual([folder, name, path]);
});

it.each([
  ['~/app/Dockerfile', '', 'app/Dockerfile'],
  ['/root/app/', '', 'app'],
  ['./main.py', 'app', 'app/main.py'],
  ['../x', 'app/src', 'app/x'],
  ['~', 'app', ''],
  ['../../x', 'app', null],
  ['/etc/passwd', '', null],
  ['/rooted', '', null],
])('%s, written in %j, is %j', (written, folder, path) => {
  expect(fromHome(written, folder)).toBe(path);
});

it.each(['', 'a/', '/a', '.', '../a', 'x'.repeat(256)])('%j is no name', (text) => {
  expect(nameProblem(text)).not.toBe('');
});

it('a folder holds itself and what is below it', () => {
  expect([isWithin('a', 'a'), isWithin('a/b', 'a'), isWithin('ab', 'a'), isWithin('x', '')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
