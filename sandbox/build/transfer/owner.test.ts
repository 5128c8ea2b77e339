import { describe, expect, it } from 'vitest';
import { mapped, ownerOf } from './owner.ts';

const MACHINE = '         0    1960181      65536\n';

describe('an owner by number', () => {
  it('is one of the user namespace', () => {
    expect(mapped(0, MACHINE)).toBe(0);
    expect(mapped(65_535, MACHINE)).toBe(65_535);
    expect(mapped(7, '0 0 1\n5 100 10\n')).toBe(7);
  });

  it.each([65_536, 99_999, 2 ** 40, -1])('is refused in words when it is not: %d', (id) => {
    expect(() => mapped(id, MACHINE)).toThrow(
      `unable to convert uid/gid chown string to host mapping: Container ID ${id} cannot be mapped to a host ID`,
    );
  });

  it('has no more than 32 bits anywhere', async () => {
    await expect(ownerOf(`${2 ** 33}:1`, undefined)).rejects.toThrow(/cannot be mapped/);
  });
});
