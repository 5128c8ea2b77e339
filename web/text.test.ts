import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from './text.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [88_080_384, '84 MiB'],
    [536_870_912, '512 MiB'],
    [1_610_612_736, '1.5 GiB'],
    [2_147_483_648, '2 GiB'],
  ])('%i is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [-5, 'less than a minute'],
    [59_000, 'less than a minute'],
    [720_000, '12 min'],
    [14_280_000, '3 h 58 min'],
  ])('%i ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
