import { describe, expect, it } from 'vitest';
import { checkedLimits, requireDisk, requireRoom, roomBeside } from './admission.ts';
import { DEFAULT_LIMITS } from './supervisor.ts';

const MIB = 1024 ** 2;
const none = { memoryBytes: 0, diskBytes: 0 };

describe('requireRoom', () => {
  const need = { memoryBytes: 512 * MIB, diskBytes: 2048 * MIB };

  it('admits what fits', () => {
    expect(() => requireRoom(need, need, none)).not.toThrow();
  });

  it.each([
    ['memory', { ...need, memoryBytes: 511 * MIB }],
    ['disk space', { ...need, diskBytes: 2047 * MIB }],
  ])('says that %s is missing', (what, room) => {
    expect(() => requireRoom(room, need, none)).toThrow(
      expect.objectContaining({ kind: 'full', message: expect.stringContaining(what) as string }),
    );
  });

  it('counts those that boot as what they will take', () => {
    const room = { ...need, memoryBytes: 600 * MIB };
    expect(() => requireRoom(roomBeside(room, 1), need, none)).not.toThrow();
    expect(() => requireRoom(roomBeside(room, 2), need, none)).toThrow(/no room/);
  });

  it('leaves the reserve to the host', () => {
    expect(() => requireRoom(need, need, { memoryBytes: 1, diskBytes: 0 })).toThrow(/no room/);
  });
});

describe('checkedLimits', () => {
  it('takes the usual ones', () => {
    expect(checkedLimits(DEFAULT_LIMITS)).toEqual(DEFAULT_LIMITS);
  });

  it('makes disks of whole mebibytes', () => {
    expect(checkedLimits({ ...DEFAULT_LIMITS, diskBytes: 100 * MIB + 5 }).diskBytes).toBe(100 * MIB);
  });

  it.each([
    { memoryBytes: 1024 },
    { memoryBytes: Number.NaN },
    { processes: 1.5 },
    { cpus: 0 },
    { cpus: Infinity },
    { diskBytes: -1 },
  ])('refuses %j', (wrong) => {
    expect(() => checkedLimits({ ...DEFAULT_LIMITS, ...wrong })).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
  });
});

describe('a copy of a disk', () => {
  it('is made while it fits beside the reserve, however little memory is left', () => {
    expect(() => requireDisk(300 * MIB, 200 * MIB, 100 * MIB)).not.toThrow();
    expect(() => requireDisk(300 * MIB, 201 * MIB, 100 * MIB)).toThrow(
      /no room for a copy of the machine's disk: it has 300 MiB left, and 301 MiB are needed/,
    );
  });
});
