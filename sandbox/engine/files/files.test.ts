import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { request } from 'node:http';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApiServer } from '../../api/server.ts';
import { fileRoutes } from '../files.ts';
import { zipFolder } from './archive.ts';
import type { FolderListing } from '../routes.ts';

// Archives are read by another program, which a machine with much else to do is slow to start.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let home: string;
let server: Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-files-'));
  home = join(folder, 'home');
  await mkdir(home);
  server = createApiServer(fileRoutes(home));
  await new Promise<void>((resolve) => server.listen(join(folder, 'sock'), resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

function open(method: string, path: string, body?: string | Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({
      socketPath: join(folder, 'sock'),
      method,
      path: `/slipway/files${path}`,
      agent: false,
      headers: path.startsWith('/watch') ? { 'Content-Type': 'application/json' } : {},
    });
    sent.on('response', resolve).on('error', reject).end(body);
  });
}

async function call(method: string, path: string, body?: string | Buffer) {
  const answer = await open(method, path, body);
  const bytes = await buffer(answer);
  const isJson = answer.headers['content-type'] === 'application/json';
  const value: unknown = isJson ? JSON.parse(bytes.toString()) : bytes.toString();
  return { status: answer.statusCode, headers: answer.headers, value, bytes };
}

describe('a file', () => {
  test('is made with the folders on its way, and read with its version', async () => {
    const made = await call('PUT', '/content?path=app/src/main.py&version=new', 'print(1)\n');
    expect(made.status).toBe(200);
    const read = await call('GET', '/content?path=app/src/main.py');
    expect(read.value).toBe('print(1)\n');
    expect(made.value).toEqual({ version: read.headers['slipway-version'], size: 9 });
  });

  test('is written where it is: a container that shows it goes on seeing it', async () => {
    await writeFile(join(home, 'a'), 'a longer text');
    const before = await stat(join(home, 'a'));
    const { headers } = await call('GET', '/content?path=a');
    await call('PUT', `/content?path=a&version=${String(headers['slipway-version'])}`, 'short');
    expect(await readFile(join(home, 'a'), 'utf8')).toBe('short');
    expect((await stat(join(home, 'a'))).ino).toBe(before.ino);
  });

  test('is not written over what somebody else has written', async () => {
    await writeFile(join(home, 'a'), 'one');
    const { headers } = await call('GET', '/content?path=a');
    await writeFile(join(home, 'a'), 'by the terminal');
    const written = await call(
      'PUT',
      `/content?path=a&version=${String(headers['slipway-version'])}`,
      'mine',
    );
    expect(written.status).toBe(409);
    expect((await call('PUT', '/content?path=a&version=new', 'mine')).status).toBe(409);
    expect(await readFile(join(home, 'a'), 'utf8')).toBe('by the terminal');
    await rm(join(home, 'a'));
    const gone = await call('PUT', `/content?path=a&version=${String(headers['slipway-version'])}`, 'mine');
    expect(gone.status).toBe(409);
    expect((await call('PUT', '/content?path=a&version=any', 'mine')).status).toBe(200);
  });

  test('that never ends, or is none, holds nobody up', async () => {
    execFileSync('mkfifo', [join(home, 'pipe')]);
    await symlink('/dev/zero', join(home, 'zero'));
    expect((await call('GET', '/content?path=pipe')).status).toBe(400);
    expect((await call('GET', '/content?path=zero')).status).toBe(400);
    expect((await call('PUT', '/content?path=pipe&version=any', 'x')).status).toBe(400);
    expect((await call('GET', '/content?path=')).status).toBe(400);
  });

  test.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', './a', 'a%00b'])('is not at %s', async (path) => {
    expect((await call('GET', `/content?path=${path}`)).status).toBe(400);
    expect((await call('PUT', `/content?path=${path}&version=any`, 'x')).status).toBe(400);
    expect((await call('DELETE', `?path=${path}`)).status).toBe(400);
  });
});

describe('a folder', () => {
  test('is listed with what links lead to', async () => {
    await mkdir(join(home, 'app'));
    await writeFile(join(home, 'notes.txt'), 'abc');
    await symlink('app', join(home, 'here'));
    await symlink('nowhere', join(home, 'broken'));
    const { entries, more } = (await call('GET', '/list?path=')).value as FolderListing;
    expect(more).toBe(false);
    const shown = entries.map(({ name, type, link }) => [name, type, link ?? false]);
    expect(shown.sort()).toEqual([
      ['app', 'folder', false],
      ['broken', 'other', true],
      ['here', 'folder', true],
      ['notes.txt', 'file', false],
    ]);
  });

  test('says where there is none', async () => {
    expect(await call('GET', '/list?path=nowhere')).toMatchObject({
      status: 404,
      value: { message: 'There is no such file or folder: nowhere' },
    });
  });

  test('is made, moved and removed, and nothing is moved over something', async () => {
    expect((await call('POST', '/folder?path=a/b')).status).toBe(201);
    expect((await call('POST', '/folder?path=a/b')).status).toBe(409);
    await writeFile(join(home, 'a/b/file'), 'x');
    await writeFile(join(home, 'other'), 'y');
    expect((await call('POST', '/move?from=other&to=a/b/file')).status).toBe(409);
    expect((await call('POST', '/move?from=a/b&to=c/d')).status).toBe(204);
    expect(await readFile(join(home, 'c/d/file'), 'utf8')).toBe('x');
    expect((await call('POST', '/move?from=c&to=c/d/e')).status).toBe(400);
    expect((await call('DELETE', '?path=c')).status).toBe(204);
    expect((await call('GET', '/list?path=c')).status).toBe(404);
    expect((await call('DELETE', '?path=')).status).toBe(400);
  });

  test('is taken away as a zip, with modes and links', async () => {
    await mkdir(join(home, 'app'));
    await writeFile(join(home, 'app/run'), '#!/bin/sh\n', { mode: 0o755 });
    await symlink('run', join(home, 'app/link'));
    execFileSync('mkfifo', [join(home, 'app/pipe')]);
    const { status, bytes } = await call('GET', '/archive?path=app');
    expect(status).toBe(200);
    await writeFile(join(folder, 'x.zip'), bytes);
    const python = `import zipfile; print([(i.filename, oct(i.external_attr >> 16)) for i in zipfile.ZipFile(${JSON.stringify(join(folder, 'x.zip'))}).infolist()])`;
    const listed = execFileSync('python3', ['-c', python], { encoding: 'utf8' });
    expect(listed).toContain(`('run', '0o100755')`);
    expect(listed).toContain(`('link', '0o120777')`);
    expect(listed).not.toContain('pipe');
  });

  test('is a zip whatever its files are called, and whatever becomes of them meanwhile', async () => {
    const content = randomBytes(1024 ** 2);
    for (const name of ['..\\..\\up', 'C:disk', 'gone', 'gone-too', 'pipe'])
      await writeFile(join(home, name), content);
    const zip = await zipFolder(home, new AbortController().signal);
    // The first may be open by now; what nobody has read yet holds the others back.
    for (const name of ['gone', 'gone-too', 'pipe']) await rm(join(home, name));
    execFileSync('mkfifo', [join(home, 'pipe')]);
    await writeFile(join(folder, 'x.zip'), await buffer(zip));
    const python = `import zipfile; z = zipfile.ZipFile(${JSON.stringify(join(folder, 'x.zip'))}); print(z.testzip(), sorted(z.namelist()), len(z.read('C_disk')))`;
    expect(execFileSync('python3', ['-c', python], { encoding: 'utf8' })).toBe(
      `None ['.._.._up', 'C_disk', 'gone', 'gone-too', 'pipe'] ${content.length}\n`,
    );
  });

  test('tells when something in it changes, and when it is not there', async () => {
    await mkdir(join(home, 'app'));
    const answer = await open('POST', '/watch', JSON.stringify({ folders: ['app', 'gone'] }));
    const lines = createInterface({ input: answer })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('{"folder":"gone"}');
    await writeFile(join(home, 'app/new'), 'x');
    expect((await lines.next()).value).toBe('{"folder":"app"}');
    answer.destroy();
  });

  test('cannot be watched without bounds', async () => {
    const folders = Array.from({ length: 65 }, (_, index) => `f${index}`);
    expect((await call('POST', '/watch', JSON.stringify({ folders }))).status).toBe(400);
  });
});
