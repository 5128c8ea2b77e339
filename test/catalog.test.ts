import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { replayLesson, type ReplayProblem } from '../cli/lesson/replay.ts';
import { readLessons } from '../lessons/reader.ts';
import { runSlipway, startService, type Command, type Service } from './service.ts';
import { settings } from './settings.ts';

const exec = promisify(execFile);

/** Packages are fetched, unpacked and configured. */
const BUILD_LIMIT_MS = 300_000;

/** Built by every run; the long form builds all there are. */
const IMAGES = settings.long ? 'all' : 'registry';

/** Status of a wish for a machine. */
async function openMachine({ url }: Service): Promise<number> {
  const headers = { Origin: url, 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/api/sessions`, {
    method: 'POST',
    headers,
    body: '{"lesson":"first-image"}',
  });
  return answer.status;
}

async function replayOwnRegistry({ url }: Service): Promise<readonly ReplayProblem[]> {
  const { lessons } = await readLessons(path.join(import.meta.dirname, '../lessons'));
  const lesson = lessons.get('own-registry');
  if (!lesson) throw new Error('There is no lesson own-registry.');
  return (await replayLesson(url, lesson)).problems;
}

/** Names of images that are still to come; of those that could not be built, the reason. */
async function unbuilt(folder: string): Promise<string[]> {
  const text = await readFile(path.join(folder, 'catalog/images.json'), 'utf8').catch(() => '');
  if (text === '') return ['all'];
  const states = JSON.parse(text) as { name: string; state: string; detail?: string }[];
  const wanted = states.filter(({ name }) => settings.long || name === IMAGES);
  const failed = wanted.find(({ state }) => state === 'failed');
  if (failed) throw new Error(failed.detail);
  return wanted.filter(({ state }) => state !== 'ready').map(({ name }) => name);
}

describe('the images of the catalog, and the way out that they are built through', () => {
  let folder = '';
  let socket = '';
  let machine: Command | undefined;
  let duringBuild = 0;
  let ownRegistry: readonly ReplayProblem[] = [];

  const sh = async (script: string): Promise<string> => {
    const docker = path.join(settings.dataDir, 'tools/docker/usr/bin');
    const env = {
      PATH: `${docker}:${process.env.PATH ?? ''}`,
      DOCKER_HOST: `unix://${socket}`,
      HOME: folder,
    };
    const { stdout } = await exec('bash', ['-ec', script], { cwd: folder, env, timeout: 120_000 });
    return stdout;
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-catalog-'));
    await chmod(folder, 0o711);
    socket = path.join(folder, 'docker.sock');
    for (const part of ['runtime', 'workbench', 'catalog']) {
      await exec('cp', ['-a', path.join(settings.dataDir, part), path.join(folder, part)]);
    }
    const service = await startService(folder, ['--images', IMAGES]);
    duringBuild = await openMachine(service);
    await vi.waitFor(async () => expect(await unbuilt(folder)).toEqual([]), {
      timeout: BUILD_LIMIT_MS,
      interval: 500,
    });
    ownRegistry = await replayOwnRegistry(service);
    expect(await service.stop()).toBe(0);
    machine = runSlipway(['sandbox', '--data-dir', folder, '--socket', socket]);
    const { printed } = machine;
    await vi.waitFor(() => expect(printed()).toContain('The machine is ready'), 60_000);
  }, BUILD_LIMIT_MS);

  afterAll(async () => {
    machine?.child.kill('SIGINT');
    await machine?.ended;
    await rm(folder, { recursive: true, force: true });
  });

  it('has what the lesson about a registry of one’s own needs', () => {
    expect(ownRegistry).toEqual([]);
  });

  it('builds while machines are opened and the page is served', () => {
    expect(duringBuild).toBe(201);
  });

  it('leaves nothing of the machine that built', async () => {
    expect(await readdir(path.join(folder, 'catalog-build'))).toEqual([]);
    const states = JSON.parse(await readFile(path.join(folder, 'catalog/images.json'), 'utf8')) as object[];
    expect(states).toContainEqual(expect.objectContaining({ name: 'registry', state: 'ready' }));
    const list = runSlipway(['catalog', 'list', '--data-dir', folder]);
    expect(await list.ended).toBe(0);
    expect(list.printed()).toMatch(/registry +ready/u);
  });

  it('builds nothing twice, and knows its names', async () => {
    const again = runSlipway(['catalog', 'build', '--data-dir', folder, 'registry']);
    expect(await again.ended).toBe(0);
    expect(again.printed()).toContain('Every image is there.');
    const wrong = runSlipway(['catalog', 'build', '--data-dir', folder, 'registri']);
    expect(await wrong.ended).toBe(1);
    expect(wrong.printed()).toContain('There is no image registri to build.');
  });

  it('has the registry of every tutorial', async () => {
    await sh('docker run -d -p 5000:5000 --name registry registry:2; docker pull -q busybox');
    await sh('docker tag busybox localhost:5000/my_repo:2.0');
    expect(await sh('docker push localhost:5000/my_repo:2.0')).toMatch(
      /2\.0: digest: sha256:[0-9a-f]{64} size: \d+/u,
    );
    expect(
      await sh('docker run --rm --network host busybox wget -qO- http://localhost:5000/v2/_catalog'),
    ).toBe('{"repositories":["my_repo"]}\n');
    await sh('docker rmi localhost:5000/my_repo:2.0 busybox');
    expect(await sh('docker pull localhost:5000/my_repo:2.0')).toContain('Downloaded newer image');
  });

  it('reaches the package mirrors from a build, and nothing of it stays in the image', async () => {
    await writeFile(
      path.join(folder, 'Dockerfile'),
      'FROM debian\nRUN apt-get update && apt-get install -y --no-install-recommends tree && rm -rf /var/lib/apt/lists/*\n',
    );
    await sh('mkdir -p context; docker build -t tree -f Dockerfile context');
    expect(await sh('docker run --rm tree tree --version')).toContain('tree v');
    expect(await sh("docker inspect -f '{{.Config.Env}}' tree")).not.toMatch(/proxy/iu);
  });

  it('says what may be reached when something else is asked for', async () => {
    const answer = await sh(
      'docker run --rm busybox sh -c "wget -qO- http://example.org/ 2>&1; wget -O- -Y off http://169.254.169.254/ 2>&1" || true',
    );
    expect(answer).toContain('403 Forbidden');
    expect(answer).toMatch(/169\.254\.169\.254.*(unreachable|refused)/iu);
    const words =
      "printf 'GET / HTTP/1.1\\r\\nHost: example.org\\r\\nConnection: close\\r\\n\\r\\n' | nc example.org 80";
    expect(await sh(`docker run --rm busybox sh -c "${words.replaceAll('\\', '\\\\')}"`)).toContain(
      'This machine may not reach example.org:80. It may reach: ',
    );
  });

  it('leaves the ports of the way out to the learner', async () => {
    await sh('docker run -d --name web -p 80:80 -p 443:443 busybox httpd -f -p 80');
    expect(await sh('docker port web')).toContain('80/tcp -> 0.0.0.0:80');
    await sh('docker rm -f web');
  });

  if (settings.long) {
    it('the others do what they are for', async () => {
      await sh(
        'docker run -d --name nginx nginx; docker run -d --name redis redis; docker run -d --name httpd httpd',
      );
      const ip = "docker inspect -f '{{.NetworkSettings.IPAddress}}'";
      await expect
        .poll(() => sh(`docker run --rm busybox wget -qO- http://$(${ip} nginx)/`))
        .toContain('Welcome to nginx!');
      await expect
        .poll(() => sh(`docker run --rm busybox wget -qO- http://$(${ip} httpd)/`))
        .toContain('It works!');
      expect(await sh('docker exec redis redis-cli ping')).toBe('PONG\n');
      expect(await sh('docker run --rm python python -c "print(6 * 7)"')).toBe('42\n');
      expect(await sh('docker run --rm httpd htpasswd -Bbn user secret')).toMatch(/^user:\$2y\$/u);
    });
  }
});
