import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInRoot, resolveInRoot } from './rootfs.ts';
import { resolveUser } from './users.ts';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-root-'));
  await mkdir(join(root, 'etc/real'), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nweb:x:33:44::/srv:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nwww:x:44:\nextra:x:50:web\n');
  await symlink('/etc/real', join(root, 'absolute'));
  await symlink('../../../../etc', join(root, 'etc/real/up'));
  await symlink('loop', join(root, 'loop'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('who a process is', () => {
  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [0], home: '/root' }],
    ['web', { uid: 33, gid: 44, additionalGids: [44, 50], home: '/srv' }],
    ['33', { uid: 33, gid: 44, additionalGids: [44, 50], home: '/srv' }],
    ['web:extra', { uid: 33, gid: 50, additionalGids: [50], home: '/srv' }],
    ['1234', { uid: 1234, gid: 0, additionalGids: [0], home: '/' }],
    ['1234:5678', { uid: 1234, gid: 5678, additionalGids: [5678], home: '/' }],
  ])('%s', (wish, expected) => expect(resolveUser(root, wish)).toEqual(expected));

  test('unknown names', async () => {
    expect(() => resolveUser(root, 'nobody')).toThrow(
      'unable to find user nobody: no matching entries in passwd file',
    );
    expect(() => resolveUser(root, 'web:none')).toThrow(
      'unable to find group none: no matching entries in group file',
    );
  });
});

describe('a path of a container', () => {
  test.each([
    ['/etc/passwd', 'etc/passwd'],
    ['/../../etc', 'etc'],
    ['/absolute/x', 'etc/real/x'],
    ['/etc/real/up/passwd', 'etc/passwd'],
    ['/not/there', 'not/there'],
  ])('%s', (path, expected) => expect(resolveInRoot(root, path)).toBe(join(root, expected)));

  test('a loop of links is refused', async () => {
    expect(() => resolveInRoot(root, '/loop')).toThrow('too many levels of symbolic links');
  });
  test('a directory is no text file', () => expect(readInRoot(root, '/etc')).toBe(''));
});
