import { execFileSync } from 'node:child_process';
import {
  chmodSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync,
  symlinkSync, truncateSync, utimesSync, writeFileSync, writeSync, closeSync,
} from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../oci/digest.ts';
import { digestOf, hexOf } from '../oci/digest.ts';
import { archiveOf, unpackLayer } from './archived.ts';
import { LayerFolders } from './folders.ts';
import { pack } from './pack.ts';
import type { TarEntry } from './tar-header.ts';
import { TAR_END, TAR_TYPES, encodeHeader, paddingOf } from './tar-header.ts';

let folder: string;
let layers: LayerFolders;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-archived-'));
  layers = new LayerFolders(path.join(folder, 'layers'), path.join(folder, 'shared'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

async function keep(tar: Uint8Array): Promise<Digest> {
  const arrived = await unpackLayer(layers, inPieces(tar));
  await arrived.publish();
  return arrived.diffId;
}

/** Unpacks the archive, writes it again, and compares every byte. */
async function expectSame(tar: Buffer): Promise<string> {
  const diffId = await keep(tar);
  expect(diffId).toBe(digestOf(tar));
  const again = await archiveOf(layers, diffId);
  expect(again.size).toBe(tar.byteLength);
  expect((await collect(again.chunks)).equals(tar)).toBe(true);
  return layers.get(diffId);
}

function gnuTar(from: string, ...options: string[]): Buffer {
  return execFileSync('tar', ['-C', from, ...options, '-cf', '-', '.'], { maxBuffer: 64 * 1024 ** 2 });
}

type Entry = Partial<TarEntry> & Pick<TarEntry, 'path' | 'type'> & { readonly content?: string };

function archive(...entries: Entry[]): Buffer {
  const parts = entries.flatMap(({ content = '', ...entry }) => {
    const size = Buffer.byteLength(content);
    const header = encodeHeader({ mode: 0o644, uid: 0, gid: 0, mtime: 0, ...entry, size });
    return [header, Buffer.from(content), Buffer.alloc(paddingOf(size))];
  });
  return Buffer.concat([...parts, TAR_END]);
}

const file = (name: string, content = `content of ${name}`): Entry => ({
  path: name,
  type: TAR_TYPES.file,
  content,
});

/** What tars of other tools hold, and what they say in ways of their own. */
function strangeTree(): string {
  const root = path.join(folder, 'tree');
  const at = (name: string): string => path.join(root, name);
  mkdirSync(at('d/e'), { recursive: true });
  writeFileSync(at('d/e/f'), 'x'.repeat(1234));
  linkSync(at('d/e/f'), at('second name'));
  symlinkSync('d/e', at('link'));
  writeFileSync(at(`long-${'n'.repeat(240)}`), 'long');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/bytes-`), Buffer.from([0xff, 0xfe, 0x80])]), 'no text');
  writeFileSync(at('ünïcode'), 'text');
  writeFileSync(at('empty'), '');
  writeFileSync(at('block'), 'y'.repeat(512));
  utimesSync(at('block'), 1_700_000_000.123456, 1_700_000_000.123456);
  execFileSync('touch', ['-h', '-d', '@-86400.25', at('d')]);
  chmodSync(at('empty'), 0o4755);
  const sparse = openSync(at('sparse'), 'w');
  writeSync(sparse, 'start', 0);
  writeSync(sparse, 'z'.repeat(5000), 3 * 1024 ** 2);
  closeSync(sparse);
  truncateSync(at('sparse'), 5 * 1024 ** 2 + 7);
  execFileSync('mkfifo', [at('fifo')]);
  return root;
}

describe('an archive that was unpacked is written again, byte for byte', () => {
  test.each([
    ['v7', ['--format=v7', '--exclude=*long-*', '--exclude=./d', '--exclude=fifo']],
    ['ustar', ['--format=ustar', '--exclude=*long-*', '--exclude=./d']],
    ['GNU', ['--format=gnu']],
    ['old GNU', ['--format=oldgnu']],
    ['PAX', ['--format=posix']],
    ['GNU, sparse', ['--format=gnu', '--sparse']],
    ['PAX, sparse 1.0', ['--format=posix', '--sparse']],
    ['PAX, sparse 0.1', ['--format=posix', '--sparse', '--sparse-version=0.1']],
    ['PAX, sparse 0.0', ['--format=posix', '--sparse', '--sparse-version=0.0']],
    ['PAX, a header for all', ['--format=posix', '--pax-option=globexthdr.name=all,comment=hello,mtime:=5']],
    ['in large blocks', ['-b', '128']],
    ['with a label', ['--format=posix', '-H', 'posix', '--sort=name', '--owner=someone:70000']],
  ])('%s', async (_, options) => {
    const tree = strangeTree();
    const layer = await expectSame(gnuTar(tree, ...options));
    expect(readFileSync(path.join(layer, 'block'), 'utf8')).toBe('y'.repeat(512));
    expect(readFileSync(path.join(layer, 'sparse')).equals(readFileSync(path.join(tree, 'sparse')))).toBe(
      true,
    );
    if (!options.includes('--exclude=./d')) expect(lstatSync(path.join(layer, 'second name')).nlink).toBe(2);
    if (options.includes('--sparse')) {
      expect(lstatSync(path.join(layer, 'sparse')).blocks).toBeLessThan(100);
    }
  });

  test('times before 1970 and parts of seconds', async () => {
    const layer = await expectSame(gnuTar(strangeTree(), '--format=posix'));
    expect(lstatSync(path.join(layer, 'd')).mtimeMs).toBe(-86_400_250);
    expect(lstatSync(path.join(layer, 'block')).mtimeMs).toBeCloseTo(1_700_000_000_123.456, 2);
  });

  test.each<[string, Buffer]>([
    ['without an end', archive(file('a')).subarray(0, -1024)],
    ['without the last padding', archive(file('a')).subarray(0, 530)],
    ['with bytes after its end', Buffer.concat([archive(file('a')), Buffer.from('and more'.repeat(1000))])],
    ['of nothing', TAR_END],
    ['of not a byte', Buffer.alloc(0)],
    ['the same name twice', archive(file('a', 'one'), file('a', 'two'), file('a', 'three'))],
    [
      'a file that a folder replaces',
      archive(file('a'), { path: 'a/', type: TAR_TYPES.folder }, file('a/b')),
    ],
    ['a folder that a file replaces', archive(file('a/b'), file('a/c/d'), file('a'), file('z'))],
    ['a file that its whiteout replaces', archive(file('a/b'), file('.wh.a'))],
    ['whiteouts', archive(file('.wh.a', ''), file('d/.wh.b', ''), file('d/.wh..wh..opq', ''))],
    ['a whiteout that says something', archive(file('.wh.a', 'why?'), file('.wh..wh.plnk/1.2', 'aufs'))],
    ['padding that is not empty', dirty(archive(file('a'), file('b')))],
    ['a folder with content', archive({ path: 'a/', type: TAR_TYPES.folder, mode: 0o700 }, file('./a//b'))],
    [
      'devices',
      archive(
        { path: 'null', type: TAR_TYPES.characterDevice, major: 1, minor: 3 },
        { path: 'sda', type: TAR_TYPES.blockDevice, major: 8, minor: 0 },
        { path: 'none', type: TAR_TYPES.characterDevice },
      ),
    ],
    [
      'an attribute',
      archive({ ...file('a'), xattrs: new Map([['user.note', Buffer.from('\0x\xff', 'latin1')]]) }),
    ],
    [
      'an attribute that nobody may set',
      archive({ ...file('a'), xattrs: new Map([['trusted.x', Buffer.from('1')]]) }),
    ],
    ['owners that there are not', archive({ ...file('a'), uid: 2 ** 31, gid: 2 ** 31 })],
    [
      'a link that is replaced',
      archive({ path: 'l', type: TAR_TYPES.symlink, linkPath: 'd' }, file('d/x'), file('l')),
    ],
  ])('%s', async (_, tar) => {
    await expectSame(tar);
  });

  test('a file of more than 8 GiB that is nearly all hole', async () => {
    const tree = path.join(folder, 'tree');
    mkdirSync(tree);
    writeFileSync(path.join(tree, 'huge'), 'x');
    truncateSync(path.join(tree, 'huge'), 9 * 1024 ** 3);
    const layer = await expectSame(gnuTar(tree, '--sparse', '--format=posix'));
    expect(lstatSync(path.join(layer, 'huge')).size).toBe(9 * 1024 ** 3);
  });
});

describe('what is kept', () => {
  test('a device stays one, whether it could be made or not', async () => {
    const root = path.join(folder, 'tree');
    mkdirSync(root);
    writeFileSync(path.join(root, 'null'), '');
    chmodSync(path.join(root, 'null'), 0o666);
    execFileSync('setfattr', ['-n', 'user.slipway.device', '-v', 'c 1:3', path.join(root, 'null')]);
    const listing = execFileSync('tar', ['-tvf', '-'], {
      input: await collect(pack(root)),
      encoding: 'utf8',
    });
    expect(listing).toMatch(/^crw-rw-rw- .* 1,3 .* null\n$/);
  });

  test('a changed file is not passed on', async () => {
    const diffId = await keep(archive(file('a', 'one'), file('b', 'x'.repeat(3 * 1024 ** 2))));
    writeFileSync(path.join(layers.get(diffId), 'a'), 'two');
    const { size, chunks } = await archiveOf(layers, diffId);
    const got: number[] = [];
    await expect(
      (async () => {
        for await (const chunk of chunks) got.push(chunk.byteLength);
      })(),
    ).rejects.toThrow('damaged');
    expect(got.reduce((sum, each) => sum + each, 0)).toBeLessThan(size);
  });

  test('of a damaged archive nothing', async () => {
    await expect(unpackLayer(layers, inPieces(archive(file('a')).subarray(0, 515)))).rejects.toThrow(
      'unexpected EOF',
    );
    expect(readdirSync(layers.own)).toEqual([]);
    expect(readdirSync(layers.records)).toEqual([]);
  });

  test('of a layer that came twice, one', async () => {
    const tar = archive(file('a'));
    const diffId = await keep(tar);
    await keep(tar);
    expect(readdirSync(layers.own)).toEqual([hexOf(diffId)]);
    expect(readdirSync(layers.records)).toEqual([hexOf(diffId)]);
    rmSync(layers.get(diffId), { recursive: true });
    await layers.sweepRecords();
    expect(readdirSync(layers.records)).toEqual([]);
  });

  test('nothing of a layer that the host shares', async () => {
    const tar = archive(file('a'));
    mkdirSync(path.join(layers.shared, hexOf(digestOf(tar))), { recursive: true });
    await keep(tar);
    expect(readdirSync(layers.own)).toEqual([]);
    expect(existsSync(path.join(layers.records, hexOf(digestOf(tar))))).toBe(false);
  });
});

/** The first file's padding holds something. */
function dirty(tar: Buffer): Buffer {
  const copy = Buffer.from(tar);
  copy.write('not empty', 800);
  return copy;
}
