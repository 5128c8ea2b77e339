import { expect, test } from 'vitest';
import { UsageRates } from './measured.ts';

const USAGE = { memoryBytes: 1, diskBytes: 2, processes: 3 };

test('processors in use are those between two looks', () => {
  let now = 1000;
  const rates = new UsageRates(() => now);
  const look = (afterMs: number, cpuMicros?: number) => {
    now += afterMs;
    return rates.measure(cpuMicros === undefined ? USAGE : { ...USAGE, cpuMicros }).cpus;
  };
  expect(look(0, 5_000_000)).toBeUndefined();
  expect(look(3000, 6_500_000)).toBe(0.5);
  expect(look(1000, 6_500_000)).toBe(0);
  // The same moment, a machine that began anew, an engine that does not count.
  expect(look(0, 6_600_000)).toBeUndefined();
  expect(look(3000, 1000)).toBeUndefined();
  expect(look(1000, 2_001_000)).toBe(2);
  expect(look(3000)).toBeUndefined();
  expect(look(3000, 9_000_000)).toBeUndefined();
});
