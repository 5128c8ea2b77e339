import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseMode } from './mode.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-mode-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WISHES = [
  '755', '0644', '4711', '0', 'u=rwX,go=rX', 'a+x', 'g-w', 'u+s', 'g+s,o-rwx', 'a+t', 'u=g', 'o=u-w', 'ug+rw-x',
  'a=', 'go=u', 'a+X', 'u=rwxs,g=rxs,o=', 'ug=rw,o=r',
]; // prettier-ignore
const MODES = [0o644, 0o755, 0o600, 0o4755, 0o2750, 0o1777, 0];

describe('--chmod', () => {
  it.each(WISHES)('%s is what chmod(1) makes of it', (wish) => {
    for (const isFolder of [false, true]) {
      for (const mode of MODES) {
        const file = path.join(folder, 'x');
        if (isFolder) mkdirSync(file);
        else writeFileSync(file, '');
        chmodSync(file, mode);
        // A number clears the set-id bits of a folder only with five digits.
        execFileSync('chmod', [/^\d/.test(wish) ? wish.padStart(5, '0') : wish, file]);
        const made = statSync(file).mode & 0o7777;
        rmSync(file, { recursive: true });
        expect([mode.toString(8), isFolder, parseMode(wish)(mode, { isFolder }).toString(8)]).toEqual([
          mode.toString(8),
          isFolder,
          made.toString(8),
        ]);
      }
    }
  });

  it.each(['', '8', '10000', '99', 'u', 'rwx', 'u=z', 'x+r', '7u', 'u+r,', 'u=rg'])('%s is none', (wish) => {
    expect(() => parseMode(wish)).toThrow('invalid chmod parameter');
  });
});
