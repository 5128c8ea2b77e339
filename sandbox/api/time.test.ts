import { expect, test } from 'vitest';
import { now, parseTime, parseUntil } from './time.ts';

test.each([
  ['1.5', 1_500_000_000n],
  ['1970-01-01T00:00:02Z', 2_000_000_000n],
  [null, undefined],
])('the time %s', (text, expected) => {
  expect(parseTime(text)).toBe(expected);
});

test.each(['1,2', ' 1', '+1', '99999999999999999999', '2010-13-45', 'May 5'])('no time: %s', (text) => {
  expect(() => parseTime(text)).toThrow(`strconv.ParseInt: parsing "${text}": `);
});

test('a duration counts back from now', () => {
  const ago = Number(now() - (parseUntil('1h30m') ?? 0n)) / 60e9;
  expect(ago).toBeCloseTo(90, 0);
  expect(parseUntil('12')).toBe(12_000_000_000n);
  expect(parseUntil(undefined)).toBeUndefined();
  expect(() => parseUntil('soon')).toThrow('failed to parse value as time or duration: "soon"');
});
