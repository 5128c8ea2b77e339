import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RawPath } from '../../layer/raw-path.ts';
import { toRaw } from '../../layer/raw-path.ts';
import { find } from './find.ts';
import { FilePool } from './pool.ts';
import { receive } from './receive.ts';
import { follow } from './source.ts';

let folder = '';
let pool: FilePool;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-context-'));
  mkdirSync(path.join(folder, 'tree/dir/sub'), { recursive: true });
  writeFileSync(path.join(folder, 'tree/a.txt'), 'hello\n', { mode: 0o644 });
  writeFileSync(path.join(folder, 'tree/dir/s.txt'), 's\n', { mode: 0o600 });
  symlinkSync('s.txt', path.join(folder, 'tree/dir/link'));
  symlinkSync('../../../etc', path.join(folder, 'tree/out'));
  pool = new FilePool(path.join(folder, 'pool'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function archive(...args: string[]): Buffer {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--format=ustar', '--sort=name'];
  return execFileSync('tar', ['-c', ...owner, '-C', path.join(folder, 'tree'), ...args]);
}

async function contextOf(...args: string[]) {
  return receive(Readable.from([archive(...args)]) as AsyncIterable<Buffer>, pool);
}

function filesInPool(): number {
  return readdirSync(path.join(folder, 'pool')).length;
}

describe('a context', () => {
  it('is a tree with the files in the pool', async () => {
    const context = await contextOf('a.txt', 'dir', 'out');
    expect(context.names('' as RawPath)).toEqual(['a.txt', 'dir', 'out']);
    expect(context.names(toRaw('dir'))).toEqual(['link', 's.txt', 'sub']);
    expect(context.node(toRaw('dir/s.txt'))).toMatchObject({ kind: 'file', mode: 0o600, size: 2 });
    expect(readFileSync(context.file(toRaw('a.txt')), 'utf8')).toBe('hello\n');
    expect(follow(context, 'dir/link')).toBe('dir/s.txt');
  });

  it('ends where it ends, whatever its links say', async () => {
    const context = await contextOf('out');
    expect(follow(context, 'out/passwd')).toBe('etc/passwd');
    await expect(find(context, 'out/passwd', 'context')).rejects.toThrow('file does not exist');
    await expect(find(context, '../a.txt', 'context')).rejects.toThrow('forbidden path outside');
  });

  it('that comes again is not written again; one that changed is, as far as it changed', async () => {
    (await contextOf('a.txt', 'dir')).close(true);
    expect(filesInPool()).toBe(2);
    (await contextOf('a.txt', 'dir')).close(true);
    expect(filesInPool()).toBe(2);
    writeFileSync(path.join(folder, 'tree/a.txt'), 'other\n');
    (await contextOf('a.txt', 'dir')).close(true);
    expect(filesInPool()).toBe(3);
    pool.clear();
    expect(filesInPool()).toBe(0);
  });

  it('gives its files away once, and copies after that', async () => {
    const context = await contextOf('a.txt');
    const layer = { path: path.join(folder, 'layer') };
    mkdirSync(layer.path);
    expect(await context.place(toRaw('a.txt'), { folder: layer, path: toRaw('one') })).toBe(true);
    expect(filesInPool()).toBe(0);
    expect(await context.place(toRaw('a.txt'), { folder: layer, path: toRaw('two') })).toBe(false);
    expect(readFileSync(path.join(layer.path, 'two'), 'utf8')).toBe('hello\n');
    context.close(true);
    (await contextOf('a.txt')).close(true);
    expect(filesInPool()).toBe(0);
    rmSync(layer.path, { recursive: true });
    (await contextOf('a.txt')).close(true);
    expect(filesInPool()).toBe(1);
  });

  /** The values that dockerd 20.10 shows for the same archives. */
  it('has the hashes of the real daemon', async () => {
    const context = await contextOf('--mode=0644', 'a.txt');
    const [found] = await find(context, 'a.txt', 'context');
    expect(found?.hash).toBe('file:00ec16333078d287782d462baefc8bb9eb0231dc3aefba3ca3e2f7e5cf0cadda');
  });

  it('counts by content, mode and owner, not by time', async () => {
    const hash = async (...args: string[]) =>
      (await find(await contextOf(...args), 'dir', 'context'))[0]?.hash;
    const before = await hash('dir');
    utimesSync(path.join(folder, 'tree/dir/s.txt'), 1, 1);
    expect(await hash('dir')).toBe(before);
    expect(await hash('--mode=0755', 'dir')).not.toBe(before);
    expect(await hash('--owner=7', 'dir')).not.toBe(before);
  });

  it('is found in by patterns that stop at a slash', async () => {
    const context = await contextOf('a.txt', 'dir');
    const names = async (wish: string) => (await find(context, wish, 'context')).map(({ name }) => name);
    expect(await names('*.txt')).toEqual(['a.txt']);
    expect(await names('./*/*.txt')).toEqual(['dir/s.txt']);
    expect(await names('d?r')).toEqual(['dir']);
    expect(await names('z*')).toEqual([]);
  });
});
