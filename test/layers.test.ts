import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { startTestEngine, type TestEngine } from '../sandbox/engine/testing.ts';
import { makeTestCatalog } from '../sandbox/image/testing.ts';
import { settings } from './settings.ts';

const run = promisify(execFile);
const cli = path.join(settings.dataDir, 'workbench/current/usr/bin/docker');

const isAble = process.getuid?.() === 0 && existsSync(cli);
if (!isAble && settings.ci) throw new Error(`There is no ${cli}: \`npm test\` makes one.`);

/** Layers on their way through other tools and back: nothing of them may change. */
describe.skipIf(!isAble)('layers', () => {
  let catalog = '';
  let engine: TestEngine;
  let other: TestEngine;
  let engines: TestEngine[] = [];
  let folder = '';

  beforeAll(async () => {
    catalog = await mkdtemp(path.join(tmpdir(), 'slipway-catalog-'));
    await makeTestCatalog(catalog);
    engines = [(engine = await startTestEngine({ catalog })), (other = await startTestEngine({ catalog }))];
    for (const each of engines) await docker(each, 'pull', '-q', 'busybox');
  });

  afterAll(async () => {
    for (const each of engines) await each.close();
    await rm(catalog, { recursive: true, force: true });
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-layers-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    for (const each of engines) await tidy(each);
  });

  it('hold what was done in a container, committed, saved, loaded and run again', async () => {
    const twoSteps = fc.tuple(operations, operations);
    await fc.assert(
      fc.asyncProperty(twoSteps, async ([first, second]) => {
        await docker(engine, 'run', '--name', 'one', 'busybox', 'sh', '-c', scriptOf(first));
        await docker(engine, 'commit', 'one', 'step:1');
        await docker(engine, 'run', '--name', 'two', 'step:1', 'sh', '-c', scriptOf(second));
        const id = await docker(engine, 'commit', 'two', 'step:2');
        const archive = path.join(folder, 'step.tar');
        await docker(engine, 'save', 'step:2', '-o', archive);
        await docker(other, 'load', '-i', archive);
        expect(await docker(other, 'inspect', '-f', '{{.Id}}', 'step:2')).toBe(id);
        await docker(other, 'create', '--name', 'again', 'step:2');
        expect(await treeOf(other, 'again')).toEqual(await treeOf(engine, 'two'));
        for (const each of engines) await tidy(each);
      }),
      { numRuns: settings.long ? 40 : 5, endOnFailure: true },
    );
  });

  it('have the digests that skopeo and umoci give them', async () => {
    await docker(engine, 'run', '--name', 'one', 'busybox', 'sh', '-c', EVERYTHING);
    const id = await docker(engine, 'commit', 'one', 'tools:1');
    const diffIds = await layersOf(engine, 'tools:1');
    await docker(engine, 'save', 'tools:1', '-o', path.join(folder, 'x.tar'));

    await inFolder('skopeo', ['copy', '-q', 'docker-archive:x.tar:tools:1', 'dir:from-docker']);
    await inFolder('skopeo', ['copy', '-q', 'oci-archive:x.tar', 'oci:from-oci:1']);
    const manifest = JSON.parse(
      await inFolder('skopeo', ['inspect', '--raw', 'oci-archive:x.tar']),
    ) as Manifest;
    expect(manifest.config.digest).toBe(id);
    expect(manifest.layers.map(({ digest }) => digest)).toEqual(diffIds);
    for (const digest of [id, ...diffIds]) {
      expect(readdirSync(path.join(folder, 'from-docker'))).toContain(digest.slice('sha256:'.length));
      expect(await sha256(path.join(folder, 'from-docker', digest.slice('sha256:'.length)))).toBe(digest);
    }

    await mkdir(path.join(folder, 'layout'));
    await inFolder('tar', ['-xf', 'x.tar', '-C', 'layout']);
    await inFolder('umoci', ['unpack', '--image', 'layout:1', 'bundle']);
    expect(await readFile(path.join(folder, 'bundle/rootfs/one'), 'utf8')).toBe('one\n');
    expect(existsSync(path.join(folder, 'bundle/rootfs/etc/group'))).toBe(false);
  });

  it('of skopeo and umoci are loaded, and saved again as they were', async () => {
    await docker(engine, 'save', 'busybox:1', '-o', path.join(folder, 'base.tar')).catch(async () => {
      await docker(engine, 'tag', 'busybox', 'busybox:1');
      await docker(engine, 'save', 'busybox:1', '-o', path.join(folder, 'base.tar'));
    });
    await mkdir(path.join(folder, 'layout'));
    await inFolder('tar', ['-xf', 'base.tar', '-C', 'layout']);
    await inFolder('umoci', ['unpack', '--image', 'layout:1', 'bundle']);
    await inFolder('sh', [
      '-ec',
      'cd bundle/rootfs; echo new >new; rm etc/group; rm -r home; mkdir home; mknod zero c 1 5',
    ]);
    await inFolder('umoci', ['repack', '--image', 'layout:2', 'bundle']);
    await inFolder('skopeo', ['copy', '-q', 'oci:layout:2', 'oci-archive:two.tar:umoci/made:2']);
    await inFolder('skopeo', ['copy', '-q', 'oci:layout:2', 'docker-archive:docker.tar:umoci/made:3']);

    expect(await docker(engine, 'load', '-i', path.join(folder, 'two.tar'))).toBe(
      'Loaded image: umoci/made:2',
    );
    expect(await docker(engine, 'load', '-i', path.join(folder, 'docker.tar'))).toBe(
      'Loaded image: umoci/made:3',
    );
    expect(await layersOf(engine, 'umoci/made:2')).toEqual(await layersOf(engine, 'umoci/made:3'));
    expect(await docker(engine, 'run', '--rm', 'umoci/made:2', 'sh', '-c', 'cat /new; ls /etc /home')).toBe(
      'new\n/etc:\nhostname\nhosts\nmtab\npasswd\nresolv.conf\n\n/home:',
    );
    await docker(engine, 'save', 'umoci/made:2', '-o', path.join(folder, 'again.tar'));
    const top = (await layersOf(engine, 'umoci/made:2')).at(-1) ?? '';
    await inFolder('tar', ['-xf', 'again.tar', `blobs/sha256/${top.slice(7)}`]);
    expect(await sha256(path.join(folder, 'blobs/sha256', top.slice(7)))).toBe(top);
    const listing = await inFolder('tar', ['-tvf', `blobs/sha256/${top.slice(7)}`]);
    expect(listing).toMatch(/^crw.* 1,5 .*zero$/m);
  });

  it('that the host shares are not stored once more', async () => {
    await docker(engine, 'tag', 'busybox', 'base:1');
    await docker(engine, 'save', 'base:1', '-o', path.join(folder, 'x.tar'));
    await docker(other, 'load', '-i', path.join(folder, 'x.tar'));
    expect(kept(other)).toEqual([]);
    expect(await docker(other, 'images', '-q', 'base')).not.toBe('');
  });

  it.each<[string, string, string]>([
    ['cut short', 'tar c l | head -c 30000', 'unexpected EOF'],
    ['with a damaged layer', 'tar c l m c | head -c 30000', 'unexpected EOF'],
    [
      'with a path that leads out',
      String.raw`echo x >x; tar cP --transform 's,x,../../../evil,' x >l; ${PACK}`,
      'invalid path',
    ],
    [
      'with a link that leads out',
      String.raw`ln -s / a; echo x >a2; tar c --transform 's,a2,a/../../evil,' a a2 >l; ${PACK}`,
      'invalid path',
    ],
    [
      'that says it has another layer',
      String.raw`echo y >y; tar c y >m; D=$(sha256sum <m | cut -c1-64); ${PACK}`,
      'invalid diffID',
    ],
    [
      'with a manifest without end',
      String.raw`head -c 20000000 /dev/zero | tr '\0' '[' >manifest.json; tar c manifest.json`,
      'larger than',
    ],
    ['that is nothing but zeros', 'head -c 5000000 /dev/zero', 'no such file'],
  ])('of an archive %s are not kept', async (_, script, words) => {
    const setUp = String.raw`head -c 100000 /dev/urandom >f; tar c f >l; cp l m; D=$(sha256sum <l | cut -c1-64); echo '{}' >c;`;
    await inFolder('bash', ['-ec', `exec 3>x.tar; ${setUp} (${script}) >&3 || true`]);
    await expect(docker(other, 'load', '-i', path.join(folder, 'x.tar'))).rejects.toThrow(words);
    expect(kept(other)).toEqual([]);
  });

  it('that were on their way when the engine crashed are not kept', async () => {
    await inFolder('sh', [
      '-ec',
      'head -c 8000000 /dev/urandom >f; tar cf l f; echo "{}" >c; tar cf x.tar l c',
    ]);
    const loading = spawn(cli, ['--host', `unix://${other.dockerSocket}`, 'load'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    loading.stdin.on('error', () => undefined);
    loading.stdin.write((await readFile(path.join(folder, 'x.tar'))).subarray(0, 5_000_000));
    await vi.waitUntil(() => kept(other).length === 2, { timeout: 20_000 });
    await other.crash();
    loading.kill('SIGKILL');
    await other.start();
    expect(kept(other)).toEqual([]);
    expect(await docker(other, 'images', '-q')).not.toBe('');
  });

  it('on a full disk are not kept, and what was there stays', async () => {
    const small = path.join(folder, 'small');
    await mkdir(small);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small]);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = small;
    let full: TestEngine | undefined;
    try {
      full = await startTestEngine({ catalog });
      await docker(full, 'pull', '-q', 'busybox');
      await inFolder('sh', ['-ec', 'head -c 60000000 /dev/urandom >f; tar cf f.tar f; rm f']);
      const importing = docker(full, 'import', path.join(folder, 'f.tar'), 'large');
      await expect(importing).rejects.toThrow('no space left on device');
      expect(kept(full)).toEqual([]);
      expect(await docker(full, 'run', '--rm', 'busybox', 'echo', 'here')).toBe('here');
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await full?.close();
      await run('umount', ['-l', small]);
    }
  });

  async function inFolder(file: string, args: readonly string[]): Promise<string> {
    return (await run(file, args, { cwd: folder, maxBuffer: 64 * 1024 ** 2 })).stdout;
  }
});

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Puts the layer in `l`, whose diff id is in `D`, into an archive. */
const PACK = String.raw`printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' $D >c; echo '[{"Config":"c","RepoTags":["bad:1"],"Layers":["l"]}]' >manifest.json; tar c c l manifest.json`;

/** One of everything that a container may leave behind. */
const EVERYTHING =
  'echo one >/one; ln /one /two; ln -s one /link; mkdir -m 1777 /dir; rm /etc/group; rm -r /home; mkdir /home; ' +
  'mkfifo /pipe; chmod 4755 /one; touch -d @5 /one /dir; chown 33:44 /dir; echo x >"/ä b"; dd if=/dev/zero of=/big bs=1M count=3 2>/dev/null';

const NAMES = ['a', 'b', 'c', 'sub', 'ü ñ', 'n'.repeat(150), '.hidden', '-dash'];
const place = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => `/w/${names.join('/')}`);
const anywhere = fc.oneof(
  place,
  fc.constantFrom('/etc/passwd', '/etc/group', '/home', '/var', '/bin/vi', '/root'),
);

/** Each is one command of a shell; what cannot be done is not. */
const operation = fc.oneof(
  place.map((at) => `mkdir -p ${quoted(at)}`),
  fc.tuple(place, fc.nat(5000)).map(([at, size]) => `head -c ${size} /bin/busybox >${quoted(at)}`),
  fc.tuple(place, fc.string()).map(([at, content]) => `printf %s ${quoted(content)} >>${quoted(at)}`),
  anywhere.map((at) => `rm -rf ${quoted(at)}`),
  fc.tuple(anywhere, place).map(([from, to]) => `mv ${quoted(from)} ${quoted(to)}`),
  fc.tuple(anywhere, place).map(([from, to]) => `ln ${quoted(from)} ${quoted(to)}`),
  fc
    .tuple(fc.constantFrom('a', '../b', '/etc/passwd', 'nowhere'), place)
    .map(([to, at]) => `ln -s ${to} ${quoted(at)}`),
  fc.tuple(fc.nat(0o7777), anywhere).map(([mode, at]) => `chmod ${mode.toString(8)} ${quoted(at)}`),
  fc
    .tuple(fc.nat(60000), fc.nat(60000), anywhere)
    .map(([uid, gid, at]) => `chown -h ${uid}:${gid} ${quoted(at)}`),
  fc
    .tuple(fc.integer({ min: 0, max: 2 ** 31 - 1 }), anywhere)
    .map(([time, at]) => `touch -c -d @${time} ${quoted(at)}`),
  place.map((at) => `mkfifo ${quoted(at)}`),
  fc.constant(String.raw`printf x >"/w/$(printf '\377\376')"`),
);
const operations = fc.array(operation, { minLength: 1, maxLength: 25 });

function scriptOf(commands: readonly string[]): string {
  return ['mkdir -p /w/sub', ...commands].map((each) => `{ ${each}; } 2>/dev/null`).join('\n') + '\ntrue';
}

function quoted(word: string): string {
  return `'${word.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`;
}

async function docker(engine: TestEngine, ...args: string[]): Promise<string> {
  const { stdout } = await run(cli, ['--host', `unix://${engine.dockerSocket}`, ...args]);
  return stdout.trim();
}

async function tidy(engine: TestEngine): Promise<void> {
  const containers = await docker(engine, 'ps', '-aq');
  if (containers !== '') await docker(engine, 'rm', '-f', ...containers.split('\n'));
  const images = (await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}')).split('\n');
  for (const image of images) if (!image.startsWith('busybox:')) await docker(engine, 'rmi', '-f', image);
  await docker(engine, 'image', 'prune', '-f');
}

async function layersOf(engine: TestEngine, image: string): Promise<string[]> {
  return JSON.parse(await docker(engine, 'inspect', '-f', '{{json .RootFS.Layers}}', image)) as string[];
}

/** What the engine has put into its stores of layers and of their archives. */
function kept({ folder }: TestEngine): string[] {
  return ['layers', 'layers-records']
    .map((name) => path.join(folder, 'state', name))
    .flatMap((each) => (existsSync(each) ? readdirSync(each) : []));
}

/** Everything a container has, as a list, and what its files hold; without what the engine puts into it. */
async function treeOf(engine: TestEngine, container: string): Promise<{ list: string[]; content: string }> {
  const args = ['--host', `unix://${engine.dockerSocket}`, 'export', container];
  const given = spawn(cli, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const listing = spawn('tar', ['--numeric-owner', '--full-time', '--quoting-style=escape', '-tvf', '-'], {
    stdio: [given.stdout, 'pipe', 'inherit'],
  });
  const list = (await text(listing.stdout)).split('\n').filter((line) => !ENGINES_OWN.test(line));
  const { stdout } = await run('sh', [
    '-c',
    `'${cli}' ${args.join(' ')} | tar -xOf - bin w etc/passwd 2>/dev/null | sha256sum`,
  ]);
  return { list, content: stdout };
}

const ENGINES_OWN = / (\.dockerenv|dev\/.*|etc\/|etc\/(hostname|hosts|resolv\.conf|mtab.*)|proc\/|sys\/)$/;

async function sha256(file: string): Promise<string> {
  return `sha256:${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`;
}
