import { expect, it } from 'vitest';
import { NO_PANES, panesOf, type Panes } from './panes.ts';

const after = (before: Panes, ids: string, active: string | null, split = true): Panes =>
  panesOf(ids.split(''), { active, split, before });
const shown = (panes: Panes): string => panes.shown.join('');

it('shows the active terminal alone, and another beside it while split', () => {
  const one = after(NO_PANES, 'abc', 'a', false);
  expect(shown(one)).toBe('a');
  const two = after(one, 'abc', 'a');
  expect(shown(two)).toBe('ac');
  expect(shown(after(two, 'abc', 'c'))).toBe('ac');
  expect(shown(after(two, 'abc', 'c', false))).toBe('c');
});

it('puts the terminal that is chosen where the active one was', () => {
  const two = after(after(NO_PANES, 'abc', 'a'), 'abc', 'c');
  expect(shown(two)).toBe('ac');
  expect(shown(after(two, 'abc', 'b'))).toBe('ab');
});

it('fills the place of one that was closed, if there is any other', () => {
  const two = after(NO_PANES, 'abc', 'a');
  expect(shown(after(two, 'bc', 'b'))).toBe('cb');
  expect(shown(after(two, 'a', 'a'))).toBe('a');
  expect(shown(after(two, '', null))).toBe('');
});

it('a new terminal stands beside the one that was alone', () => {
  expect(shown(after(after(NO_PANES, 'a', 'a'), 'ab', 'b'))).toBe('ab');
});
