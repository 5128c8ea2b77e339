import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startTestEngine, type TestEngine } from '../sandbox/engine/testing.ts';
import { makeTestCatalog } from '../sandbox/image/testing.ts';
import { settings } from './settings.ts';

const run = promisify(execFile);

/** The CLI that learners have, out of the workbench. */
const DOCKER = path.join(settings.dataDir, 'workbench/current/usr/bin/docker');

let engine: TestEngine;
let folder = '';
/** The context of the test at hand. */
let context = '';
let contexts = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-build-'));
  await makeTestCatalog(path.join(folder, 'catalog'));
  engine = await startTestEngine({ catalog: path.join(folder, 'catalog') });
  await docker('pull', '-q', 'busybox');
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  context = path.join(folder, `context-${++contexts}`);
  await mkdir(context);
});

function environment(): Record<string, string> {
  return { DOCKER_HOST: `unix://${engine.dockerSocket}`, HOME: folder, PATH: '/usr/bin:/bin' };
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run(DOCKER, args, { env: environment(), cwd: folder });
  return stdout.trim();
}

async function write(name: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(context, name)), { recursive: true });
  await writeFile(path.join(context, name), content);
}

interface Built {
  readonly code: number;
  readonly output: string;
}

async function build(dockerfile: string, ...args: string[]): Promise<Built> {
  await write('Dockerfile', dockerfile);
  return running(['build', ...args, context]).ended;
}

/** The stream of a build whose context the engine is to fetch. */
async function buildRemote(url: string): Promise<string> {
  const asked = request({
    socketPath: engine.dockerSocket,
    method: 'POST',
    path: `/v1.41/build?remote=${encodeURIComponent(url)}`,
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return text(response);
}

/** A build that goes on: `until` waits for its output, `interrupt` is Ctrl-C. */
function running(args: readonly string[]) {
  const child = spawn(DOCKER, args, { env: environment(), cwd: folder });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Built>((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? -1, output }));
  });
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const check = () => {
        if (output.includes(text)) resolve();
      };
      listeners.add(check);
      check();
    });
  return { ended, until, interrupt: () => child.kill('SIGINT') };
}

/** Folders of the engine's state that only exist while something goes on. */
function leftovers(): string[] {
  const inside = (name: string) => {
    const place = path.join(engine.folder, 'state', name);
    return existsSync(place) ? readdirSync(place) : [];
  };
  const layers = inside('layers').filter((name) => !/^[0-9a-f]{64}$/.test(name));
  const snapshots = inside('overlay2').filter((name) => /^([0-9a-f]{64}|view-\d+)$/.test(name));
  return [...layers, ...snapshots, ...inside('containers')];
}

async function eventually<T>(ask: () => Promise<T> | T, wanted: T): Promise<void> {
  await expect.poll(ask, { timeout: 60_000, interval: 50 }).toEqual(wanted);
}

describe('a build that is broken off', () => {
  it('by the user: its step ends, those before it are cached, nothing is left', async () => {
    await write('Dockerfile', 'FROM busybox\nRUN echo one > /one\nRUN echo begun; sleep 600\n');
    const going = running(['build', context]);
    await going.until('\nbegun\n');
    expect(await docker('ps', '-q')).not.toBe('');
    going.interrupt();
    expect((await going.ended).code).not.toBe(0);
    await eventually(() => docker('ps', '-aq'), '');
    await eventually(leftovers, []);
    const again = await build('FROM busybox\nRUN echo one > /one\nRUN cat /one\n');
    expect(again.output).toContain(' ---> Using cache\n');
    expect(again.code).toBe(0);
  });

  it('by the end of the engine: its finished steps are cached, nothing is left', async () => {
    await write('Dockerfile', 'FROM busybox\nRUN echo two > /two\nRUN echo begun; sleep 600\n');
    const going = running(['build', context]);
    await going.until('\nbegun\n');
    await engine.crash();
    await going.ended;
    await engine.start();
    expect(await docker('ps', '-aq')).toBe('');
    expect(leftovers()).toEqual([]);
    const again = await build('FROM busybox\nRUN echo two > /two\nRUN cat /two\n');
    expect(again.output).toContain(' ---> Using cache\n');
  });

  it('by a command: its container stays to be looked at, with what it did', async () => {
    const failed = await build('FROM busybox\nRUN echo seen > /trace; exit 7\n');
    expect(failed.code).toBe(7);
    const [id = ''] = (await docker('ps', '-aq')).split('\n');
    expect(await docker('diff', id)).toBe('A /trace');
    await engine.crash();
    await engine.start();
    expect(await docker('diff', id)).toBe('A /trace');
    expect(await docker('commit', id, 'failed')).toMatch(/^sha256:/);
    await docker('rm', id);
    expect((await build('FROM busybox\nRUN exit 7\n', '--force-rm')).code).toBe(7);
    expect(await docker('ps', '-aq')).toBe('');
  });
});

describe('what RUN has beside the classic builder', () => {
  it('a cache that outlives the build, the engine, and goes when it is pruned', async () => {
    const count = 'FROM busybox\nRUN --mount=type=cache,target=/c echo x >> /c/n; echo "n=$(wc -l < /c/n)"\n';
    expect((await build(count)).output).toContain('n=1\n');
    await engine.crash();
    await engine.start();
    expect((await build(count, '--no-cache')).output).toContain('n=2\n');
    expect(await docker('builder', 'prune', '-f')).toBe('Total reclaimed space: 4B');
    const last = await build(count, '--no-cache');
    expect(last.output).toContain('n=1\n');
    expect(await docker('run', '--rm', idOf(last), 'ls', '-d', '/c').catch(() => 'gone')).toBe('gone');
  });

  it('the context, a stage, an image, in its own place and for the step alone', async () => {
    await write('a/b.txt', 'from the context');
    const built = await build(
      [
        'FROM busybox AS tools',
        'RUN echo a tool > /tool',
        'FROM busybox',
        'RUN --mount=target=/ctx cat /ctx/a/b.txt; touch /ctx/x 2>/dev/null || echo read-only',
        'RUN --mount=target=/ctx,source=a,rw touch /ctx/x; ls /ctx',
        'RUN --mount=from=tools,source=/tool,target=/t cat /t',
        'RUN --mount=type=tmpfs,target=/m touch /m/x; mount | grep -c " /m "',
        'RUN --mount=type=secret,id=none echo no secret',
        'RUN test ! -e /ctx -a ! -e /t -a ! -e /m',
      ].join('\n'),
    );
    expect(built.output).toContain('Successfully built');
    for (const words of [
      'from the context',
      'read-only\n',
      'b.txt\nx\n',
      'a tool\n',
      '\n1\n',
      'no secret\n',
    ]) {
      expect(built.output).toContain(words);
    }
  });

  it('is made again when what it mounts has changed', async () => {
    const dockerfile = 'FROM busybox\nRUN --mount=target=/ctx,source=a cat /ctx/b.txt\n';
    await write('a/b.txt', 'first');
    expect((await build(dockerfile)).output).toContain('first');
    expect((await build(dockerfile)).output).toContain('Using cache');
    await write('a/b.txt', 'second');
    expect((await build(dockerfile)).output).toContain('second');
  });

  it('heredocs: lines for the shell, programs, files', async () => {
    const built = await build(
      'FROM busybox\nRUN <<A\ncd /tmp\npwd\nA\nRUN <<B\n#!/bin/cat\nmyself\nB\nCOPY <<C <<D /d/\nc\nC\nd\nD\nRUN cat /d/C /d/D\n',
    );
    expect(built.output).toContain('/tmp\n');
    expect(built.output).toContain('#!/bin/cat\nmyself\n');
    expect(built.output).toContain('c\nd\n');
  });
});

describe('a context', () => {
  it('counts by what it holds, not by when it was written', async () => {
    const dockerfile = 'FROM busybox\nCOPY a /a\n';
    await write('a/x', 'x');
    await symlink('x', path.join(context, 'a/l'));
    expect((await build(dockerfile)).output).not.toContain('Using cache');
    await utimes(path.join(context, 'a/x'), 1, 1);
    expect((await build(dockerfile)).output).toContain('Using cache');
    await write('a/x', 'y');
    expect((await build(dockerfile)).output).not.toContain('Using cache');
  });

  it('goes into several images, whether its files lie in a layer already or not', async () => {
    await write('big', 'x'.repeat(3 * 1024 ** 2));
    await write('small', 'y');
    const dockerfile =
      'FROM busybox\nCOPY big small /one/\nCOPY big small /two/\nRUN sha256sum /one/* /two/*\n';
    const first = await build(dockerfile);
    const second = await build(dockerfile, '--no-cache');
    const sums = (built: Built) => built.output.match(/^[0-9a-f]{64} .*$/gm);
    expect(sums(first)).toHaveLength(4);
    expect(sums(second)).toEqual(sums(first));
    await docker('rmi', '-f', idOf(first), idOf(second));
    expect(sums(await build(dockerfile, '--no-cache'))).toEqual(sums(first));
  });

  it('comes over HTTP, as an archive or as a Dockerfile alone; so does what ADD names', async () => {
    await write('Dockerfile', 'FROM busybox\nCOPY a /a\nRUN cat /a\n');
    await write('a', 'over the wire\n');
    const archive = (await run('tar', ['-cz', '-C', context, '.'], { encoding: 'buffer' })).stdout;
    const server = await serveInside({
      '/c.tar.gz': archive,
      '/x.txt': Buffer.from('added\n'),
      '/alone': Buffer.from('FROM busybox\nRUN echo no context\n'),
    });
    try {
      // The CLI fetches a context itself; other clients leave it to the engine.
      expect(await buildRemote(`${server.url}/c.tar.gz`)).toContain('over the wire\\n');
      expect(await buildRemote(`${server.url}/alone`)).toContain('no context\\n');
      expect(await buildRemote('https://example.org/repository.git')).toContain(
        'Git repository is not built',
      );
      const added = await build(
        `FROM busybox\nADD ${server.url}/x.txt /d/\nRUN cat /d/x.txt; stat -c %a /d/x.txt\n`,
      );
      expect(added.output).toContain('added\n600\n');
      const missing = await build(`FROM busybox\nADD ${server.url}/nothing /d/\n`);
      expect(missing.output).toContain('with status 404');
    } finally {
      await server.close();
    }
  });

  it('cannot lead out of itself', async () => {
    await symlink('/etc', path.join(context, 'out'));
    const built = await build('FROM busybox\nCOPY out/passwd /p\n');
    expect(built.output).toContain('COPY failed: file not found in build context');
  });
});

const SERVER = `
const { createServer } = require('node:http');
const { existsSync, createReadStream } = require('node:fs');
const root = process.argv[1];
createServer((request, response) => {
  const file = root + request.url;
  if (existsSync(file)) createReadStream(file).pipe(response);
  else response.writeHead(404).end('no such thing');
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

/** A web server on the loopback of the engine: the only network that it has. */
async function serveInside(files: Readonly<Record<string, Buffer>>) {
  const root = path.join(folder, 'served');
  await mkdir(root, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(root, name), bytes);
  const child = spawn('nsenter', ['-t', String(engine.pid), '-n', process.execPath, '-e', SERVER, root]);
  const ended = once(child, 'exit');
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    close: async () => {
      child.kill();
      await ended;
    },
  };
}

function idOf({ output }: Built): string {
  return /Successfully built ([0-9a-f]{12})/.exec(output)?.[1] ?? 'none';
}
