import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestEngine, type TestEngine } from '../sandbox/engine/testing.ts';
import { openHub, type Hub } from '../server/hub/hub.ts';
import { MachineUplink } from '../server/uplink/machine-uplink.ts';
import { findOracleTools } from './oracle/tools.ts';
import { settings } from './settings.ts';

/*
 * The hub as learners meet it: with the real Docker CLI, in two machines of two learners.
 */

const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));
const catalog = path.join(settings.dataDir, 'catalog');
const ready = tools !== undefined && existsSync(path.join(catalog, 'index.json'));
if (!ready && settings.ci) throw new Error('There is no Docker CLI: run `npx slipway setup --tests`.');

interface Learner {
  readonly engine: TestEngine;
  readonly uplink: MachineUplink;
  /** Of the Docker CLI. */
  readonly env: NodeJS.ProcessEnv;
  /** What a command of it says, and how it ends. */
  docker(...args: string[]): Promise<Said>;
}

interface Said {
  readonly code: number;
  readonly out: string;
}

describe.skipIf(!ready)('the hub in a machine', () => {
  let folder: string;
  let hub: Hub;
  let anna: Learner;
  let ben: Learner;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-hub-machine-'));
    hub = openHub({
      folder: path.join(folder, 'hub'),
      catalog,
      quotaBytes: 64 * 1024 ** 2,
      cacheBytes: 1024 ** 2,
      report: (message, error) => console.error(message, error ?? ''),
    });
    [anna, ben] = await Promise.all([openLearner('anna'), openLearner('ben')]);
  });

  afterAll(async () => {
    for (const learner of [anna, ben]) {
      learner.uplink.close();
      await learner.engine.close();
    }
    hub.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function openLearner(name: string): Promise<Learner> {
    const engine = await startTestEngine({ catalog });
    const uplink = new MachineUplink({ id: name, owner: name }, engine.control, { hub: hub.accept });
    uplink.fill();
    const config = path.join(folder, `config-${name}`);
    await mkdir(config);
    await writeFile(path.join(config, 'config.json'), '{}');
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.dockerSocket}`, DOCKER_CONFIG: config };
    const docker: Learner['docker'] = (...args) =>
      new Promise((resolve) => {
        execFile(tools?.docker ?? '', args, { env }, (error, stdout, stderr) => {
          resolve({
            code: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
            out: stdout + stderr,
          });
        });
      });
    return { engine, uplink, docker, env };
  }

  test('asks for a login before a push', async () => {
    await anna.docker('pull', '-q', 'busybox');
    await anna.docker('tag', 'busybox', 'anna/my_repo');
    const { code, out } = await anna.docker('push', 'anna/my_repo');
    expect(code).toBe(1);
    expect(out).toContain('denied: requested access to the resource is denied');
  });

  test('makes a new name the learner’s, and refuses a wrong password', async () => {
    const { code, out } = await anna.docker('login', '-u', 'anna', '-p', 'secret');
    expect([code, out]).toEqual([0, expect.stringContaining('Login Succeeded')]);
    const wrong = await ben.docker('login', '-u', 'anna', '-p', 'wrong');
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('unauthorized: incorrect username or password');
  });

  test('takes a push, and gives it to others', async () => {
    expect((await anna.docker('run', '--name', 'box', 'busybox', 'touch', '/mine')).code).toBe(0);
    await anna.docker('commit', 'box', 'anna/my_repo:2.0');
    const push = await anna.docker('push', 'anna/my_repo:2.0');
    expect([push.code, push.out]).toEqual([
      0,
      expect.stringMatching(/2\.0: digest: sha256:[0-9a-f]{64} size: \d+/),
    ]);
    const again = await anna.docker('push', 'anna/my_repo:2.0');
    expect(again.out).toContain('Layer already exists');
    const run = await ben.docker('run', '--rm', 'anna/my_repo:2.0', 'ls', '/mine');
    expect([run.code, run.out]).toEqual([
      0,
      expect.stringContaining('Status: Downloaded newer image for anna/my_repo:2.0'),
    ]);
    // Busybox's own layer was there already: the catalog has it.
    expect(hub.store.usage('anna')).toBeLessThan(64 * 1024);
  });

  test('has a name of its own, too', async () => {
    const login = await ben.docker('login', '-u', 'ben', '-p', 'secret', 'hub.slipway.test');
    expect([login.code, login.out]).toEqual([0, expect.stringContaining('Login Succeeded')]);
    await ben.docker('pull', '-q', 'busybox');
    await ben.docker('tag', 'busybox', 'hub.slipway.test/ben/own:1');
    const push = await ben.docker('push', 'hub.slipway.test/ben/own:1');
    expect([push.code, push.out]).toEqual([
      0,
      expect.stringMatching(/1: digest: sha256:[0-9a-f]{64} size: \d+/),
    ]);
    const digest = /sha256:[0-9a-f]{64}/.exec(push.out)?.[0] ?? '';
    expect((await anna.docker('pull', 'ben/own:1')).out).toContain(digest);
    expect((await anna.docker('pull', 'hub.slipway.test/library/busybox')).code).toBe(0);
  });

  test('gives nobody what is another’s to push', async () => {
    await ben.docker('login', '-u', 'ben', '-p', 'secret');
    await ben.docker('tag', 'busybox', 'anna/my_repo:3.0');
    await ben.docker('pull', '-q', 'busybox');
    await ben.docker('tag', 'busybox', 'anna/my_repo:3.0');
    const { code, out } = await ben.docker('push', 'anna/my_repo:3.0');
    expect([code, out]).toEqual([
      1,
      expect.stringContaining('denied: requested access to the resource is denied'),
    ]);
  });

  test('says of what is not there what Docker’s hub says', async () => {
    const { code, out } = await ben.docker('pull', 'ben/nothing-here');
    expect(code).toBe(1);
    expect(out).toMatch(
      /manifest for ben\/nothing-here:latest not found|pull access denied for ben\/nothing-here/,
    );
    const denied = await ben.docker('pull', 'nobody/nothing');
    expect(denied.out).toContain(
      "pull access denied for nobody/nothing, repository does not exist or may require 'docker login'",
    );
  });

  test('speaks with skopeo, in both directions', async () => {
    const { server, host } = await listen();
    try {
      await hub.accounts.login('cleo', 'secret', 'cleo');
      const auth = path.join(folder, 'skopeo.json');
      const secret = Buffer.from('cleo:secret').toString('base64');
      await writeFile(auth, JSON.stringify({ auths: { [host]: { auth: secret } } }));
      const skopeo = async (...args: string[]) =>
        (await promisify(execFile)('skopeo', args, { env: { ...process.env, REGISTRY_AUTH_FILE: auth } }))
          .stdout;
      const at = (name: string) => `docker://${host}/${name}`;
      const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
      // From the catalog to a name, layer by layer; then the machine runs what skopeo has pushed.
      await skopeo('copy', '-q', ...plain, at('library/busybox:latest'), at('cleo/copy:1'));
      const { Digest } = JSON.parse(await skopeo('inspect', '--tls-verify=false', at('cleo/copy:1'))) as {
        Digest: string;
      };
      expect((await ben.docker('pull', 'cleo/copy:1')).out).toContain(Digest);
      expect((await ben.docker('run', '--rm', 'cleo/copy:1', 'echo', 'hi')).out).toBe('hi\n');
      // What the machine has pushed is the same for skopeo, to the last byte.
      const copy = path.join(folder, 'copy');
      await skopeo('copy', '-q', ...plain, at('anna/my_repo:2.0'), `oci:${copy}:mine`);
      await skopeo('copy', '-q', ...plain, '--format=v2s2', `oci:${copy}:mine`, at('cleo/back:1'));
      expect((await ben.docker('run', '--rm', 'cleo/back:1', 'ls', '/mine')).code).toBe(0);
      const others = skopeo('copy', '-q', ...plain, `oci:${copy}:mine`, at('anna/not-mine:1'));
      await expect(others).rejects.toThrow('403 (Forbidden)');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('speaks with podman, in both directions', async () => {
    const { server, host } = await listen();
    try {
      await hub.accounts.login('dora', 'secret', 'dora');
      const place = ['--root', path.join(folder, 'podman'), '--runroot', path.join(folder, 'podman-run')];
      const podman = async (...args: string[]) =>
        (await promisify(execFile)('podman', [...place, '--storage-driver=vfs', ...args])).stdout;
      const at = (name: string) => `${host}/${name}`;
      const plain = '--tls-verify=false';
      const credentials = ['--creds', 'dora:secret'];
      await podman('pull', '-q', plain, at('anna/my_repo:2.0'));
      await podman('tag', at('anna/my_repo:2.0'), at('dora/back:1'));
      for (const [tag, format] of [
        ['oci', 'oci'],
        ['docker', 'v2s2'],
      ] as const) {
        await podman(
          'push',
          '-q',
          plain,
          ...credentials,
          '--format',
          format,
          at('dora/back:1'),
          at(`dora/back:${tag}`),
        );
        const run = await ben.docker('run', '--rm', `dora/back:${tag}`, 'ls', '/mine');
        expect([run.code, run.out]).toEqual([0, expect.stringMatching(/^\/mine$/mu)]);
      }
      const others = podman('push', '-q', plain, ...credentials, at('dora/back:1'), at('anna/not-mine:1'));
      await expect(others).rejects.toThrow('403 (Forbidden)');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('keeps nothing of a push that was given up', async () => {
    await ben.docker(
      'run',
      '--name',
      'large',
      'busybox',
      'dd',
      'if=/dev/urandom',
      'of=/large',
      'bs=1M',
      'count=48',
    );
    await ben.docker('commit', 'large', 'ben/large');
    const push = execFile(tools?.docker ?? '', ['push', 'ben/large'], { env: ben.env });
    const ended = once(push, 'exit');
    const parts = () => hub.pushes.list('ben/large').flatMap((each) => each.parts);
    await expect
      .poll(() => parts().some(({ state, size }) => state === 'sending' && size > 1024 ** 2), {
        timeout: 20_000,
        interval: 5,
      })
      .toBe(true);
    push.kill('SIGINT');
    await ended;
    const uploads = path.join(folder, 'hub/uploads');
    await expect.poll(() => readdir(uploads), { timeout: 60_000 }).toEqual([]);
    expect(await hub.source.names()).not.toContain('ben/large');
    expect(await hub.source.tags('ben/large')).toEqual([]);
    const again = await ben.docker('push', 'ben/large');
    expect([again.code, again.out]).toEqual([0, expect.stringMatching(/latest: digest: sha256:/u)]);
  });

  async function listen() {
    const server = createServer((request, response) => hub.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('is searched', async () => {
    const { code, out } = await ben.docker('search', 'my_repo');
    expect([code, out]).toEqual([0, expect.stringContaining('anna/my_repo')]);
    const official = await ben.docker(
      'search',
      '--filter',
      'is-official=true',
      '--format',
      '{{.Name}}',
      'busybox',
    );
    expect(official.out.trim()).toBe('busybox');
  });
});
