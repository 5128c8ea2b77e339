import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Expiry, WARNING_MS } from './expiry.ts';

const HOUR_MS = 3_600_000;

let told: string[];
let expiry: Expiry;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  expiry = new Expiry({ warn: (id) => told.push(`warn ${id}`), expire: (id) => told.push(`expire ${id}`) });
});

afterEach(() => {
  expiry.close();
  vi.useRealTimers();
});

const inMs = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

test('an end comes ten minutes after its warning, also when the clock is put forward', () => {
  expiry.set('a', inMs(HOUR_MS));
  vi.setSystemTime(Date.now() + 24 * HOUR_MS);
  vi.advanceTimersByTime(HOUR_MS - WARNING_MS);
  expect(told).toEqual(['warn a']);
  vi.advanceTimersByTime(WARNING_MS - 1);
  expect(told).toEqual(['warn a']);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['warn a', 'expire a']);
});

test('a clock that is put back makes nobody’s time shorter', () => {
  expiry.set('a', inMs(HOUR_MS));
  vi.setSystemTime(Date.now() - HOUR_MS);
  vi.advanceTimersByTime(HOUR_MS);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(HOUR_MS);
  expect(told).toEqual(['warn a', 'expire a']);
});

test('a clock that goes wrong for a while keeps no machine for ever', () => {
  expiry.set('a', inMs(HOUR_MS));
  vi.setSystemTime(Date.now() + 1000 * HOUR_MS);
  vi.advanceTimersByTime(HOUR_MS - WARNING_MS);
  vi.setSystemTime(Date.now() - 1000 * HOUR_MS);
  vi.advanceTimersByTime(WARNING_MS);
  expect(told).toEqual(['warn a', 'expire a']);
});

test('an end that was moved is the one that counts', () => {
  expiry.set('a', inMs(HOUR_MS));
  expiry.set('a', inMs(3 * HOUR_MS));
  vi.advanceTimersByTime(2 * HOUR_MS);
  expect(told).toEqual([]);
});
