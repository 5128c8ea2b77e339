import { execFileSync } from 'node:child_process';
import {
  chmodSync, chownSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync,
  symlinkSync, utimesSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { decompress } from './decompress.ts';
import { pack } from './pack.ts';
import type { TarEntry } from './tar-header.ts';
import { TAR_END, TAR_TYPES, encodeHeader, paddingOf } from './tar-header.ts';
import { unpack } from './unpack.ts';
import { readXattrs } from './xattrs.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'slipway-layer-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const make = (name: string): string => {
  const made = path.join(folder, name);
  mkdirSync(made);
  return made;
};

async function packed(root: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of pack(root)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function* inPieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

const listing = (tar: Buffer, ...options: string[]): string[] =>
  execFileSync('tar', ['--numeric-owner', '--full-time', ...options, '-tvf', '-'], {
    input: tar,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));

/** One of everything that a layer can hold. */
function everything(root: string): void {
  const at = (name: string) => path.join(root, name);
  const write = (name: string, text: string) => writeFileSync(at(name), text);
  mkdirSync(at('dir'));
  mkdirSync(at('sticky'));
  chmodSync(at('sticky'), 0o1777);
  write('dir/setuid', '#!/bin/sh\n');
  chownSync(at('dir/setuid'), 33, 7);
  chmodSync(at('dir/setuid'), 0o4750);
  write('empty', '');
  write('block', 'x'.repeat(512));
  write('large', 'y'.repeat(3 * 1024 ** 2 + 17));
  linkSync(at('large'), at('zz-linked'));
  symlinkSync('../nowhere', at('dir/symlink'));
  linkSync(at('dir/symlink'), at('dir/symlink-again'));
  write('naïve ☃', 'x');
  execFileSync(
    'sh',
    [
      '-c',
      `printf x > "$(printf 'bytes-\\377')"; mkfifo -m 600 fifo; mknod null c 1 3; mknod gone c 0 0; ln gone dir/gone-too`,
    ],
    { cwd: root },
  );
  mkdirSync(at('n'.repeat(90)));
  write(`${'n'.repeat(90)}/${'m'.repeat(120)}`, 'long');
  symlinkSync('t'.repeat(180), at('long-link'));
  mkdirSync(at('opaque'));
  write('opaque/new', 'new');
  execFileSync('setfattr', ['-n', 'user.overlay.opaque', '-v', 'y', at('opaque')]);
  execFileSync('setfattr', ['-n', 'user.overlay.impure', '-v', 'y', at('dir')]);
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'a = b', at('empty')]);
  // cap_net_raw+ep of version 2.
  execFileSync('setfattr', [
    '-n',
    'security.capability',
    '-v',
    '0x0100000200200000000000000000000000000000',
    at('block'),
  ]);
  utimesSync(at('block'), 1_000_000_000.75, 1_000_000_000.75);
  utimesSync(at('dir'), -5, -5);
}

describe('pack', () => {
  test('other tools read the same: names, modes, owners, times, links, devices', async () => {
    everything(make('root'));
    const lines = listing(await packed(path.join(folder, 'root')));
    const find = (name: string) => lines.find((line) => line.includes(` ${name}`));
    expect(find('dir/setuid')).toMatch(/^-rwsr-x--- 33\/7 10 /);
    expect(find('sticky/')).toMatch(/^drwxrwxrwt 0\/0 0 /);
    expect(find('block')).toMatch(/^-rw-r--r-- 0\/0 512 2001-09-09 01:46:40 block$/);
    expect(find('dir/symlink ')).toMatch(/^l.*dir\/symlink -> \.\.\/nowhere$/);
    expect(find('dir/symlink-again')).toMatch(/^h.*link to dir\/symlink$/);
    expect(find('zz-linked')).toMatch(/^h.*link to large$/);
    expect(find('fifo')).toMatch(/^prw-------/);
    expect(find('null')).toMatch(/^crw.* 1,3 /);
    expect(find('.wh.gone')).toMatch(/^-rw------- 0\/0 0 /);
    expect(find('dir/.wh.gone-too')).toBeDefined();
    expect(find('opaque/.wh..wh..opq')).toBeDefined();
    expect(find(`${'n'.repeat(90)}/${'m'.repeat(120)}`)).toBeDefined();
    expect(find('long-link')).toContain(`-> ${'t'.repeat(180)}`);
  });

  test('each folder stands before what is in it, names in the order of their bytes', async () => {
    const root = make('root');
    for (const name of ['a', 'a/b', 'a-b', 'B', 'a/é', 'a/z']) mkdirSync(path.join(root, name));
    const names = listing(await packed(root), '--quoting-style=literal').map((line) => line.split(' ').pop());
    expect(names).toEqual(['B/', 'a/', 'a/b/', 'a/z/', 'a/é/', 'a-b/']);
  });

  test('the digest of nothing is the digest of an empty tar', async () => {
    expect(digestOf(await packed(make('root')))).toBe(
      'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
    );
  });

  test('the attributes of a file go along, those of the overlay do not', async () => {
    everything(make('root'));
    const tar = (await packed(path.join(folder, 'root'))).toString('latin1');
    expect(tar).toContain('SCHILY.xattr.user.note=a = b\n');
    expect(tar).toContain('SCHILY.xattr.security.capability=');
    expect(tar).not.toContain('user.overlay');
  });

  test('leaves sockets out', async () => {
    const root = make('root');
    const server = createServer().listen(path.join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(digestOf(await packed(root))).toBe(digestOf(TAR_END));
    server.close();
  });

  test("GNU tar's own archive of the same tree has the same entries", async () => {
    everything(make('root'));
    const root = path.join(folder, 'root');
    const ours = listing(await packed(root)).filter((line) => !line.includes('.wh.'));
    const theirs = listing(
      execFileSync('tar', ['--sort=name', '--format=posix', '-cf', '-', '.'], { cwd: root, maxBuffer: 1e8 }),
    )
      .filter((line) => !/ (\.\/)?(dir\/)?gone/.test(line) && !line.endsWith(' ./'))
      .map((line) => line.replaceAll('./', ''));
    // Which of several names is the file and which are links to it depends on the order alone.
    expect(new Set(ours.map(withoutFraction))).toEqual(new Set(theirs.map(withoutFraction)));
  });
});

const withoutFraction = (line: string) =>
  line
    .replace(/(\d\d:\d\d:\d\d)\.\d+/, '$1')
    .replaceAll('../nowhere', 'nowhere')
    .replaceAll('.nowhere', 'nowhere');

describe('unpack', () => {
  test('brings everything back, to the bit', async () => {
    everything(make('root'));
    const tar = await packed(path.join(folder, 'root'));
    const copy = make('copy');
    await unpack(inPieces(tar), copy);
    expect(digestOf(await packed(copy))).toBe(digestOf(tar));
    const gone = lstatSync(path.join(copy, 'gone'));
    expect([gone.isCharacterDevice(), gone.rdev]).toEqual([true, 0]);
    expect(
      (await readXattrs(copy))
        .get('opaque' as never)
        ?.get('user.overlay.opaque')
        ?.toString(),
    ).toBe('y');
    expect(lstatSync(path.join(copy, 'large')).ino).toBe(lstatSync(path.join(copy, 'zz-linked')).ino);
  });

  test.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    ['zstd', (tar: Buffer) => execFileSync('zstd', ['-qc'], { input: tar })],
  ])('reads %s archives', async (_, compress) => {
    writeFileSync(path.join(make('root'), 'a'), 'content');
    const tar = await packed(path.join(folder, 'root'));
    const copy = make('copy');
    await unpack(decompress(inPieces(compress(tar))), copy);
    expect(readFileSync(path.join(copy, 'a'), 'utf8')).toBe('content');
  });

  test.each([['gnu'], ['posix'], ['ustar'], ['v7']])("reads GNU tar's %s format", async (format) => {
    const root = make('root');
    mkdirSync(path.join(root, 'l'.repeat(60)));
    writeFileSync(path.join(root, 'l'.repeat(60), 'n'.repeat(format === 'v7' ? 20 : 90)), 'long');
    symlinkSync('target', path.join(root, 'link'));
    const tar = execFileSync('tar', [`--format=${format}`, '-cf', '-', '.'], { cwd: root });
    const copy = make('copy');
    await unpack(inPieces(tar), copy);
    expect(digestOf(await packed(copy))).toBe(digestOf(await packed(root)));
  });

  test('a later entry replaces an earlier one, whatever it was', async () => {
    const copy = make('copy');
    await unpack(
      archive(
        { path: 'a/', type: TAR_TYPES.folder },
        { path: 'a/b', type: TAR_TYPES.file, content: 'x' },
        { path: 'a', type: TAR_TYPES.symlink, linkPath: 'nowhere' },
        { path: 'a', type: TAR_TYPES.file, content: 'file' },
        { path: '.wh.c', type: TAR_TYPES.file },
        { path: 'c', type: TAR_TYPES.file, content: 'back' },
      ),
      copy,
    );
    expect(readFileSync(path.join(copy, 'a'), 'utf8')).toBe('file');
    expect(readFileSync(path.join(copy, 'c'), 'utf8')).toBe('back');
  });

  test('what an archive says about the overlay itself is not believed', async () => {
    const copy = make('copy');
    const xattrs = new Map([
      ['user.overlay.redirect', Buffer.from('/etc')],
      ['trusted.overlay.opaque', Buffer.from('y')],
    ]);
    await unpack(
      archive({ path: 'a/', type: TAR_TYPES.folder, xattrs }, { path: 'z', type: TAR_TYPES.characterDevice }),
      copy,
    );
    expect([...(await readXattrs(copy)).keys()]).toEqual(['z']);
    expect(lstatSync(path.join(copy, 'z')).isFile()).toBe(true);
  });
});

describe('a hostile archive', () => {
  beforeEach(() => {
    writeFileSync(path.join(folder, 'secret'), 'secret');
    mkdirSync(path.join(folder, 'outside'));
  });
  afterEach(() => {
    expect(readFileSync(path.join(folder, 'secret'), 'utf8')).toBe('secret');
    expect(lstatSync(path.join(folder, 'secret')).mode & 0o7777).toBe(0o644);
    expect(readdirSync(path.join(folder, 'outside'))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['copy', 'outside', 'secret']);
  });

  const file = (name: string): Hostile => ({ path: name, type: TAR_TYPES.file, content: 'evil' });
  const symlink = (name: string, linkPath: string): Hostile => ({
    path: name,
    type: TAR_TYPES.symlink,
    linkPath,
  });
  const hardLink = (name: string, linkPath: string): Hostile => ({
    path: name,
    type: TAR_TYPES.hardLink,
    linkPath,
  });
  const directory = (name: string): Hostile => ({ path: name, type: TAR_TYPES.folder });

  test.each<[string, Hostile[]]>([
    ['a path that climbs out', [file('../evil')]],
    ['a path that climbs out later', [directory('a/'), file('a/../../evil')]],
    ['a whiteout that climbs out', [file('../.wh.secret')]],
    ['a whiteout of the folder above', [file('.wh...')]],
    ['a whiteout of nothing', [file('.wh.')]],
    ['an opaque marker that climbs out', [file('../outside/.wh..wh..opq')]],
    ['a folder that climbs out', [directory('../outside/a/')]],
    ['a hard link to what is outside', [hardLink('a', '../secret'), file('a')]],
    ['a hard link to nothing', [hardLink('a', 'nothing')]],
    ['a hard link to a folder', [directory('d/'), hardLink('a', 'd')]],
    ['a hard link through a link', [symlink('l', '..'), hardLink('a', 'l/secret')]],
    ['a folder below a file', [file('a'), file('a/b')]],
    ['links in a circle', [symlink('a', 'b'), symlink('b', 'a'), file('a/x')]],
    ['an entry of no kind', [{ path: 'a', type: 'Z' as never }]],
    ['a name with an end in it', [{ ...file('x'), path: `a\0${'b'.repeat(120)}` }]],
  ])('is refused: %s', async (_, entries) => {
    await expect(unpack(archive(...entries), make('copy'))).rejects.toMatchObject({ kind: 'invalid' });
  });

  test.each<[string, Hostile[], string]>([
    ['an absolute path', [file('/tmp/evil')], 'tmp/evil'],
    ['a link to the folder above', [symlink('l', '..'), file('l/evil')], 'evil'],
    ['a link far above', [symlink('l', '../../../../..'), file('l/evil')], 'evil'],
    ['an absolute link', [symlink('l', '/'), file('l/evil')], 'evil'],
    ['a link that is replaced', [symlink('secret', '../secret'), file('secret')], 'secret'],
    ['links one after another', [symlink('a', '..'), symlink('b', 'a/..'), file('b/evil')], 'evil'],
    ['a folder where a link is', [symlink('d', '../outside'), directory('d/'), file('d/evil')], 'd/evil'],
    ['a whiteout through a link', [symlink('l', '..'), file('l/.wh.secret')], 'secret'],
  ])('stays inside: %s', async (_, entries, lands) => {
    const copy = make('copy');
    await unpack(archive(...entries), copy);
    expect(
      lstatSync(path.join(copy, lands)).isFile() || lstatSync(path.join(copy, lands)).isCharacterDevice(),
    ).toBe(true);
  });

  test('a hard link to a symbolic link does not follow it', async () => {
    const copy = make('copy');
    await unpack(archive(symlink('l', '../secret'), hardLink('a', 'l')), copy);
    expect(readlinkSync(path.join(copy, 'a'))).toBe('../secret');
  });

  test.each<[string, (tar: Buffer) => Buffer]>([
    ['cut in a header', (tar) => tar.subarray(0, 1200)],
    ['cut in a file', (tar) => tar.subarray(0, 514)],
    ['a wrong checksum', (tar) => Buffer.concat([Buffer.from('x'), tar.subarray(1)])],
    ['a cut stream', (tar) => gzipSync(tar).subarray(0, 60)],
  ])('is refused: %s', async (_, damage) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive(file('a'), file('b'))) chunks.push(chunk);
    const damaged = damage(Buffer.concat(chunks));
    await expect(unpack(decompress(inPieces(damaged)), make('copy'))).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});

type Hostile = Partial<TarEntry> & {
  readonly path: string;
  readonly type: TarEntry['type'];
  readonly content?: string;
};

async function* archive(...entries: Hostile[]): AsyncGenerator<Uint8Array> {
  for (const { content = '', ...entry } of entries) {
    const size = Buffer.byteLength(content);
    yield encodeHeader({ mode: 0o644, uid: 0, gid: 0, mtime: 0, ...entry, size });
    yield Buffer.concat([Buffer.from(content), Buffer.alloc(paddingOf(size))]);
  }
  yield TAR_END;
}
