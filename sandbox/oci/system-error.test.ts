import { mkdirSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { messageOf } from './system-error.ts';

const caught = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

test('puts a failed system call into Go’s words', () => {
  expect(messageOf(caught(() => mkdirSync('/nowhere/folder')))).toBe(
    'mkdir /nowhere/folder: no such file or directory',
  );
  expect(messageOf(caught(() => renameSync('/nowhere/a', '/nowhere/b')))).toBe(
    'rename /nowhere/a /nowhere/b: no such file or directory',
  );
});

test('leaves other messages as they are', () => {
  expect(messageOf(new Error('a, b: c'))).toBe('a, b: c');
  expect(messageOf('text')).toBe('text');
  expect(messageOf(new Error('cp failed: cp: /a: No space left on device'))).toBe(
    'cp failed: cp: /a: no space left on device',
  );
});
