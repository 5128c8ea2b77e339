import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

const SCRIPT = readFileSync(path.join(import.meta.dirname, 'entry.sh'), 'utf8');
const NOBODY = 65_534;

describe('the first program of the container', () => {
  it('says what it lacks, and where to get it', () => {
    // Nobody has no capabilities.
    const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const { status, stdout, stderr } = spawnSync('sh', ['-c', SCRIPT], {
      encoding: 'utf8',
      cwd: '/',
      ...user,
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^slipway: .*CAP_SYS_ADMIN/);
    expect(stderr).toContain('docker compose up');
    expect(stderr).not.toContain('mount:');
  });
});
