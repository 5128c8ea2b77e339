import { describe, expect, it } from 'vitest';
import { goDuration, quotedHealth, quotedList } from './go-text.ts';

describe('what Go prints', () => {
  it.each([
    [0, '0s'],
    [1, '1ns'],
    [1_500, '1.5µs'],
    [1_500_000, '1.5ms'],
    [1_500_000_000, '1.5s'],
    [30_000_000_000, '30s'],
    [300_000_000_000, '5m0s'],
    [5_400_000_000_000, '1h30m0s'],
    [-1_000_000_000, '-1s'],
  ])('%i nanoseconds: %s', (nanos, text) => {
    expect(goDuration(nanos)).toBe(text);
  });

  it('lists and health checks', () => {
    expect(quotedList(['a', 'b "c"'])).toBe('["a" "b \\"c\\""]');
    expect(quotedHealth({ Test: ['CMD-SHELL', 'true'], Interval: 5e9 })).toBe(
      `&{["CMD-SHELL" "true"] "5s" "0s" "0s" '\\x00'}`,
    );
    expect(quotedHealth({ Test: ['NONE'], Retries: 10 })).toBe(`&{["NONE"] "0s" "0s" "0s" '\\n'}`);
    expect(quotedHealth({ Test: [], Retries: 39 })).toBe(`&{[] "0s" "0s" "0s" '\\''}`);
  });
});
