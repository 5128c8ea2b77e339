import { describe, expect, it } from 'vitest';
import { FIRST_UID, firstUid, RANGE_COUNT, RANGE_SIZE, UidTable } from './uids.ts';

describe('UidTable', () => {
  it('gives ranges that do not overlap, and none twice', () => {
    const table = new UidTable();
    expect([table.take('a'), table.take('b'), table.take('c')]).toEqual([0, 1, 2]);
    expect(firstUid(1) - firstUid(0)).toBe(RANGE_SIZE);
  });

  it('gives a range again only after it was released', () => {
    const table = new UidTable();
    table.take('a');
    table.take('b');
    table.release(0);
    expect(table.take('c')).toBe(0);
    expect(table.take('d')).toBe(2);
  });

  it('has an end', () => {
    const table = new UidTable({ count: 2 });
    expect([table.take('a'), table.take('b'), table.take('c')]).toEqual([0, 1, undefined]);
  });

  it('begins where it is told, and goes round', () => {
    const table = new UidTable({ count: 3, first: 2 });
    expect([table.take('a'), table.take('b'), table.take('c'), table.take('d')]).toEqual([
      2,
      0,
      1,
      undefined,
    ]);
  });

  it('keeps what a record claims, unless somebody has it', () => {
    const table = new UidTable({ count: 4 });
    expect(table.claim(2, 'a')).toBe(true);
    expect(table.claim(2, 'a')).toBe(true);
    expect(table.claim(2, 'b')).toBe(false);
    expect(table.claim(4, 'b')).toBe(false);
    expect(table.claim(-1, 'b')).toBe(false);
    expect([table.take('b'), table.take('c'), table.take('d')]).toEqual([0, 1, 3]);
  });

  it('ends below the numbers that overflow a signed integer', () => {
    expect(firstUid(RANGE_COUNT)).toBe(2 ** 31);
    expect(FIRST_UID % RANGE_SIZE).toBe(0);
  });
});
