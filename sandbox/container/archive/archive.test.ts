import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { pack as tarPack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ContainerRecord, MountPoint } from '../model.ts';
import { Archive } from './archive.ts';

/** Owners can only be given away by root. */
const isRoot = process.getuid?.() === 0;

let folder: string;
let merged: string;
let mounts: MountPoint[];
let readOnly: boolean;
let held: number;
let archive: Archive;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'archive-test-'));
  merged = path.join(folder, 'merged');
  mounts = [];
  readOnly = false;
  held = 0;
  mkdirSync(path.join(merged, 'etc'), { recursive: true });
  mkdirSync(path.join(merged, 'a/b'), { recursive: true });
  writeFileSync(path.join(merged, 'etc/passwd'), 'of the container');
  writeFileSync(path.join(merged, 'a/b/f'), '1\n');
  symlinkSync('b', path.join(merged, 'a/l'));
  symlinkSync('/a/b/f', path.join(merged, 'a/lf'));
  symlinkSync('/nosuch', path.join(merged, 'a/dangling'));
  symlinkSync('../../../../../etc/passwd', path.join(merged, 'a/escape'));
  archive = new Archive({
    find: () => ({ record: record(), folder: path.join(folder, 'files') }),
    snapshots: {
      mount: async () => {
        held += 1;
        return merged;
      },
      unmount: async () => {
        held -= 1;
      },
    },
    volumes: { allMounted: () => undefined, allUnmounted: () => undefined },
    userOf: async () => ({ uid: 7, gid: 8 }),
    tell: () => undefined,
  });
});

afterEach(() => {
  expect(held).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

function record(): ContainerRecord {
  return {
    id: 'c0ffee',
    config: { User: 'web' },
    hostConfig: { ReadonlyRootfs: readOnly },
    mounts,
  } as unknown as ContainerRecord;
}

function volume(destination: string, RW = true): string {
  const Source = path.join(folder, `volume${mounts.length}`);
  mkdirSync(Source);
  mounts.push({ Type: 'volume', Source, Destination: destination, RW, Mode: '', Propagation: '' });
  return Source;
}

type Entry = Partial<Header> & { readonly name: string; readonly data?: string };

function tar(...entries: readonly Entry[]): Readable {
  const stream = tarPack();
  for (const { data = '', ...header } of entries) stream.entry(header, data);
  stream.finalize();
  return Readable.from(stream);
}

async function put(target: string, ...entries: readonly Entry[]): Promise<void> {
  await archive.write('cc', target, tar(...entries), { copyOwner: false, keepKinds: false });
}

async function names(typed: string): Promise<string[]> {
  let listing = '';
  await archive.read('cc', typed, async (_, { stream, done }) => {
    listing = execFileSync('tar', ['-tPf', '-'], { input: await buffer(stream), encoding: 'utf8' });
    await done;
  });
  return listing.trim().split('\n');
}

const inside = (name: string) => path.join(merged, name);

describe('stat', () => {
  it.each([
    ['/', '/', ''],
    ['/.', '.', ''],
    ['.', '.', ''],
    ['/a/', 'a', ''],
    ['/a/.', '.', ''],
    ['a', 'a', ''],
    ['/a/../a/b', 'b', ''],
    ['/a/l', 'l', '/a/b'],
    ['/a/l/', 'l', ''],
    ['/a/lf', 'lf', '/a/b/f'],
    ['/a/dangling', 'dangling', '/nosuch'],
    ['/a/escape', 'escape', '/etc/passwd'],
  ])('%s is called %s and leads to "%s"', async (typed, name, linkTarget) => {
    expect(await archive.stat('cc', typed)).toMatchObject({ name, linkTarget });
  });

  it("gives modes as Go's os.FileMode", async () => {
    execFileSync('chmod', ['3751', inside('a/b')]);
    execFileSync('mkfifo', ['-m', '644', inside('a/p')]);
    expect((await archive.stat('cc', '/a/b')).mode).toBe(2152727017);
    expect((await archive.stat('cc', '/a/l')).mode).toBe(134218239);
    expect((await archive.stat('cc', '/a/p')).mode).toBe(33554852);
  });

  it.each(['/nosuch', '/nosuch/x', '/a/dangling/'])('%s is not there', async (typed) => {
    await expect(archive.stat('cc', typed)).rejects.toMatchObject({
      kind: 'not-found',
      message: `Could not find the file ${typed} in container cc`,
    });
  });

  it('refuses a file where a folder is asked for', async () => {
    await expect(archive.stat('cc', '/a/b/f/')).rejects.toMatchObject({
      kind: 'internal',
      message: 'lstat /a/b/f/: not a directory',
    });
  });

  it('sees volumes where they are mounted, through links as well', async () => {
    symlinkSync('/a', inside('shortcut'));
    const source = volume('/shortcut/vol');
    writeFileSync(path.join(source, 'v'), 'x');
    expect(await archive.stat('cc', '/a/vol/v')).toMatchObject({ name: 'v', size: 1 });
  });
});

describe('read', () => {
  it.each([
    ['/a/b', ['b/', 'b/f']],
    ['/a/b/', ['b/', 'b/f']],
    ['/a/b/.', ['./', './f']],
    ['/a/l/', ['l/', 'l/f']],
    ['/a/l', ['l']],
    ['/a/b/f', ['f']],
  ])('%s gives %j', async (typed, expected) => {
    expect(await names(typed)).toEqual(expected);
  });

  it('starts the names of the whole root with a slash', async () => {
    expect(await names('/')).toEqual(expect.arrayContaining(['/', '/a/', '/a/b/f', '/etc/passwd']));
  });

  it('has the mounts in place of what they cover', async () => {
    mkdirSync(inside('a/vol'));
    writeFileSync(inside('a/vol/covered'), '');
    writeFileSync(path.join(volume('/a/vol'), 'v'), '');
    mkdirSync(path.join(folder, 'files'));
    writeFileSync(path.join(folder, 'files/hosts'), '127.0.0.1\tlocalhost\n');
    writeFileSync(inside('etc/hosts'), '');
    expect(await names('/a/vol')).toEqual(['vol/', 'vol/v']);
    const all = await names('/');
    expect(all).toContain('/a/vol/v');
    expect(all).not.toContain('/a/vol/covered');
    expect(all.filter((name) => name === '/etc/hosts')).toHaveLength(1);
  });

  it('copes with names that mean something to tar and to regular expressions', async () => {
    writeFileSync(inside('a/-x'), '');
    writeFileSync(inside('a/[*].+(|)$&\\'), '');
    expect(await names('/a/-x')).toEqual(['-x']);
    expect(await names('/a/[*].+(|)$&\\')).toEqual(['[*].+(|)$&\\\\']);
  });
});

describe.skipIf(!isRoot)('write', () => {
  it('makes files, folders, links and pipes with owner, mode and time', async () => {
    const mtime = new Date('2020-01-01T00:00:00Z');
    await put(
      '/a',
      { name: 'new', type: 'directory', mode: 0o700, uid: 5, gid: 6, mtime },
      { name: 'new/file', data: 'hello', mode: 0o4755, uid: 1000, gid: 1001, mtime },
      { name: 'new/hard', type: 'link', linkname: 'new/file' },
      { name: 'new/soft', type: 'symlink', linkname: 'file', mtime },
      { name: 'new/pipe', type: 'fifo', mode: 0o600 },
    );
    expect(lstatSync(inside('a/new'))).toMatchObject({ uid: 5, gid: 6, mode: 0o40700, mtime });
    expect(lstatSync(inside('a/new/file'))).toMatchObject({
      uid: 1000,
      gid: 1001,
      mode: 0o104755,
      nlink: 2,
      mtime,
    });
    expect(readFileSync(inside('a/new/hard'), 'utf8')).toBe('hello');
    expect(readlinkSync(inside('a/new/soft'))).toBe('file');
    expect(lstatSync(inside('a/new/soft')).mtime).toEqual(mtime);
    expect(lstatSync(inside('a/new/pipe')).isFIFO()).toBe(true);
  });

  it('makes folders on the way and follows the last link of the target', async () => {
    await put('/a/l', { name: 'n1/n2/f', data: 'x', uid: 5 });
    expect(lstatSync(inside('a/b/n1/n2'))).toMatchObject({ uid: 0, mode: 0o40755 });
    expect(lstatSync(inside('a/b/n1/n2/f')).uid).toBe(5);
  });

  it('follows links only inside the container', async () => {
    symlinkSync('/', inside('a/top'));
    await put(
      '/a',
      { name: 'abroad', type: 'symlink', linkname: '/etc' },
      { name: 'abroad/evil', data: 'x' },
    );
    await put('/a/top', { name: 'archive-test-at-the-root', data: 'x' });
    await put('/a', { name: 'top/also', data: 'x' });
    expect(existsSync(inside('etc/evil'))).toBe(true);
    expect(existsSync(inside('archive-test-at-the-root'))).toBe(true);
    expect(existsSync(inside('also'))).toBe(true);
    expect(existsSync('/etc/evil')).toBe(false);
    expect(existsSync('/archive-test-at-the-root')).toBe(false);
  });

  it('replaces a file by a folder and a folder by a file, and removes nothing behind a link', async () => {
    mkdirSync(path.join(folder, 'outside'));
    writeFileSync(path.join(folder, 'outside/kept'), '');
    mkdirSync(inside('a/full'));
    symlinkSync(path.join(folder, 'outside'), inside('a/full/link'));
    await put('/a', { name: 'full', data: 'a file' }, { name: 'b/f', type: 'directory' });
    expect(readFileSync(inside('a/full'), 'utf8')).toBe('a file');
    expect(lstatSync(inside('a/b/f')).isDirectory()).toBe(true);
    expect(existsSync(path.join(folder, 'outside/kept'))).toBe(true);
  });

  it('keeps kinds when asked to', async () => {
    const options = { copyOwner: false, keepKinds: true };
    await expect(archive.write('cc', '/a', tar({ name: 'b', data: 'x' }), options)).rejects.toThrow(
      'Error processing tar file(exit status 1): cannot overwrite directory "/a/b" with non-directory "/a"',
    );
    const entry = tar({ name: 'f', type: 'directory' });
    await expect(archive.write('cc', '/a/b', entry, options)).rejects.toThrow(
      'cannot overwrite non-directory "/a/b/f" with directory "/a/b"',
    );
  });

  it("gives everything to the container's user with copyUIDGID", async () => {
    await archive.write('cc', '/a', tar({ name: 'mine', uid: 1 }), { copyOwner: true, keepKinds: false });
    expect(lstatSync(inside('a/mine'))).toMatchObject({ uid: 7, gid: 8 });
  });

  it('takes a compressed archive', async () => {
    const body = Readable.from([gzipSync(await buffer(tar({ name: 'zipped', data: 'x' })))]);
    await archive.write('cc', '/a', body, { copyOwner: false, keepKinds: false });
    expect(existsSync(inside('a/zipped'))).toBe(true);
  });

  it.each<[string, Entry]>([
    ['"../evil" is outside of "/a/b"', { name: '../evil' }],
    ['invalid symlink "/a/b/rel" -> "../../x"', { name: 'rel', type: 'symlink', linkname: '../../x' }],
    [
      'invalid hardlink "/etc/passwd" -> "../../etc/passwd"',
      { name: 'h', type: 'link', linkname: '../../etc/passwd' },
    ],
    [
      'link /a/b/etc/passwd /a/b/h: no such file or directory',
      { name: 'h', type: 'link', linkname: '/etc/passwd' },
    ],
  ])('refuses: %s', async (message, entry) => {
    await expect(put('/a/b', entry)).rejects.toThrow(`Error processing tar file(exit status 1): ${message}`);
  });

  it.each([
    ['garbagegarbage', 'unexpected EOF'],
    ['x'.repeat(2000), 'archive/tar: invalid tar header'],
  ])('says what is wrong with a broken archive', async (text, words) => {
    const options = { copyOwner: false, keepKinds: false };
    await expect(archive.write('cc', '/a', Readable.from([Buffer.from(text)]), options)).rejects.toThrow(
      words,
    );
  });

  it('does not write where the container itself may not', async () => {
    readOnly = true;
    volume('/fixed', false);
    const source = volume('/free');
    await expect(put('/a', { name: 'x' })).rejects.toThrow('container rootfs is marked read-only');
    await expect(put('/fixed', { name: 'x' })).rejects.toThrow('mounted volume is marked read-only');
    await put('/free', { name: 'x' });
    expect(existsSync(path.join(source, 'x'))).toBe(true);
  });

  it('does not take a mounted file away', async () => {
    mkdirSync(path.join(folder, 'files'));
    writeFileSync(path.join(folder, 'files/hosts'), '');
    writeFileSync(inside('etc/hosts'), '');
    await expect(put('/etc', { name: 'hosts' })).rejects.toThrow(
      'unlinkat /etc/hosts: device or resource busy',
    );
  });

  it('needs a folder to unpack into', async () => {
    await expect(put('/a/b/f', { name: 'x' })).rejects.toThrow('extraction point is not a directory');
    await expect(put('/nosuch', { name: 'x' })).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('stays inside while links are swapped all the time', async () => {
    mkdirSync(path.join(folder, 'outside'));
    const swap = path.join(folder, 'swap.sh');
    const [turn, spare] = [inside('a/turn'), inside('a/spare')];
    writeFileSync(
      swap,
      `mkdir ${turn}; ln -s ${path.join(folder, 'outside')} ${spare}
while :; do mv -T --exchange ${turn} ${spare} 2>/dev/null || { mv ${turn} ${turn}2; mv ${spare} ${turn}; mv ${turn} ${spare}; mv ${turn}2 ${turn}; }; done`,
    );
    const swapper = spawn('sh', [swap], { stdio: 'ignore' });
    try {
      for (let round = 0; round < 150; round++)
        await put('/a', { name: `turn/f${round}`, data: 'x' }).catch(() => undefined);
    } finally {
      swapper.kill('SIGKILL');
    }
    expect(execFileSync('ls', [path.join(folder, 'outside')], { encoding: 'utf8' })).toBe('');
  }, 60_000);
});
