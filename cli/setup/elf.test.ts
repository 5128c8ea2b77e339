import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { helloProgram, type Machine } from './elf.ts';

describe('helloProgram', () => {
  it('prints its text and exits with 0', () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-elf-'));
    try {
      const path = join(folder, 'hello');
      writeFileSync(path, helloProgram(process.arch as Machine, 'Good morning – grüß Gott!\n'), {
        mode: 0o755,
      });
      expect(execFileSync(path, { encoding: 'utf8' })).toBe('Good morning – grüß Gott!\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('encodes the ARM instructions as the architecture’s manual does', () => {
    const program = helloProgram('arm64', 'x'.repeat(300));
    const words = Array.from({ length: 8 }, (_, index) => program.readUInt32LE(120 + index * 4).toString(16));
    expect(words).toEqual([
      'd2800808', // mov x8, #64
      'd2800020', // mov x0, #1
      '100000c1', // adr x1, +24
      'd2802582', // mov x2, #300
      'd4000001', // svc #0
      'd2800ba8', // mov x8, #93
      'd2800000', // mov x0, #0
      'd4000001', // svc #0
    ]);
    expect(program.readUInt16LE(18)).toBe(183);
    expect(program.subarray(120 + 32).toString()).toBe('x'.repeat(300));
  });

  it('refuses a text that its instructions cannot count', () => {
    expect(() => helloProgram('arm64', 'x'.repeat(70_000))).toThrow(RangeError);
  });
});
