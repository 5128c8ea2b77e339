import { expect, test } from 'vitest';
import { DEFAULT_LIMITS, logLimitsOf } from './log-limits.ts';

const limitsOf = (Config: Record<string, string>) => logLimitsOf({ Type: 'json-file', Config });

test.each([
  [{}, DEFAULT_LIMITS],
  [{ 'max-file': '5' }, DEFAULT_LIMITS],
  [{ 'max-size': '1.5k' }, { fileBytes: 1500, files: 1, compress: false }],
  [
    { 'max-size': '2 MiB', 'max-file': '3' },
    { fileBytes: 2_000_000, files: 3, compress: false },
  ],
  [
    { 'max-size': '7b', 'max-file': '2', compress: 'T' },
    { fileBytes: 7, files: 2, compress: true },
  ],
])('%j', (options, limits) => expect(limitsOf(options)).toEqual(limits));

test.each([
  [{ 'max-size': '5x' }, "invalid size: '5x'"],
  [{ 'max-size': '' }, "invalid size: ''"],
  [{ 'max-size': '0.4' }, 'max-size must be a positive number'],
  [{ 'max-file': 'x' }, 'strconv.Atoi: parsing "x": invalid syntax'],
  [{ 'max-file': '0' }, 'max-file cannot be less than 1'],
  [{ compress: 'maybe' }, 'strconv.ParseBool: parsing "maybe": invalid syntax'],
  [
    { 'max-size': '1k', compress: 'true' },
    'compress cannot be true when max-file is less than 2 or max-size is not set',
  ],
])('%j is refused', (options, reason) =>
  expect(() => limitsOf(options)).toThrow(`failed to initialize logging driver: ${reason}`),
);
