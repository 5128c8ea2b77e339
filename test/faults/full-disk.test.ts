import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestEngine, type TestEngine } from '../../sandbox/engine/testing.ts';
import { settings } from '../settings.ts';
import { openSmallDisk, type SmallDisk } from './disk.ts';
import { shell } from './shell.ts';
import { faultsOf } from './whole.ts';

const catalog = path.join(settings.dataDir, 'catalog');
const MIB = 1024 ** 2;

/** Each needs more than there is. */
const TOO_LARGE: Readonly<Record<string, string>> = {
  commit: 'docker commit five new:1',
  build: 'docker build -t new:1 $INPUT/context',
  load: 'docker load -i $INPUT/five.tar',
  import: 'docker import $INPUT/twenty.tar new:1',
  cp: 'docker cp $INPUT/context/twenty five:/',
  'run that writes': 'docker run --rm busybox dd if=/dev/zero of=/large bs=1M count=20',
};

/** Puts random bytes into files, of the size in their name in megabytes. */
const PREPARE = `
mkdir $INPUT/context
head -c 20000000 /dev/urandom >$INPUT/context/twenty
tar --directory $INPUT/context --create --file $INPUT/twenty.tar twenty
printf 'FROM busybox\\nCOPY twenty /\\n' >$INPUT/context/Dockerfile
docker pull -q busybox
docker tag busybox spare:1
docker run --name five busybox sh -c 'head -c 5000000 /dev/urandom >/five'
docker commit five loaded:1
docker save -o $INPUT/five.tar loaded:1
docker rmi loaded:1
`;

const FILL = `docker run --name fill busybox sh -c '
  for size in 1M 4k; do dd if=/dev/zero of=/fill-$size bs=$size; done'`;

describe('a full disk', () => {
  let disk: SmallDisk;
  let engine: TestEngine;
  let input = '';

  beforeAll(async () => {
    input = await mkdtemp(path.join(tmpdir(), 'slipway-full-'));
    disk = await openSmallDisk(64);
    engine = await startTestEngine({ catalog, parent: disk.folder });
    expect(await run(PREPARE)).toMatchObject({ code: 0, errors: '' });
    await run(FILL);
  });

  afterAll(async () => {
    await (engine as TestEngine | undefined)?.close();
    await (disk as SmallDisk | undefined)?.close();
    await rm(input, { recursive: true, force: true });
  });

  const run = async (script: string) => shell(script, { dockerSocket: engine.dockerSocket, input });
  const faults = async () => faultsOf(path.join(engine.folder, 'state'), catalog);
  const images = async () => (await run("docker images --format '{{.Repository}}:{{.Tag}}' | sort")).output;

  it.each(Object.entries(TOO_LARGE))('%s fails in words, and leaves nothing', async (_, script) => {
    const before = await images();
    const { code, errors } = await run(script);
    expect(code).not.toBe(0);
    expect(errors.toLowerCase()).toContain('no space left on device');
    expect(await images()).toBe(before);
    expect(await faults()).toEqual([]);
  });

  it('lets names and images be removed', async () => {
    expect(await run('docker rmi spare:1')).toMatchObject({ code: 0, output: 'Untagged: spare:1\n' });
    expect(await images()).toBe('busybox:latest\n');
  });

  it('keeps everything over a crash', async () => {
    await engine.crash();
    await engine.start();
    expect(await images()).toBe('busybox:latest\n');
    expect((await run("docker ps -a --format '{{.Names}}' | sort")).output).toBe('fill\nfive\n');
    expect(await faults()).toEqual([]);
  });

  it('is as good as new when something was removed', async () => {
    const full = await disk.used();
    expect(await run('docker rm fill')).toMatchObject({ code: 0 });
    expect(await disk.used()).toBeLessThan(full - 10 * MIB);
    for (const script of [
      'docker commit five new:1',
      'docker load -i $INPUT/five.tar',
      'docker run --rm new:1 ls /five',
    ])
      expect(await run(script)).toMatchObject({ code: 0, errors: '' });
    expect(await faults()).toEqual([]);
  });

  it('has the space back that images and containers took', async () => {
    const before = await disk.used();
    await run(
      'docker import $INPUT/twenty.tar first:1; docker tag first:1 second:1; docker run --name on-it first:1 true',
    );
    const imported = await disk.used();
    expect(imported).toBeGreaterThan(before + 18 * MIB);
    await run('docker rm on-it; docker rmi first:1');
    expect(await disk.used()).toBeGreaterThan(before + 18 * MIB);
    await run('docker rmi second:1');
    expect(await disk.used()).toBeLessThan(before + MIB);
    await run('docker rm five; docker image prune -af');
    expect(await disk.used()).toBeLessThan(before - 4 * MIB);
  });

  it('holds no layer of the catalog twice', async () => {
    const before = await disk.used();
    await run('docker pull -q debian; docker run debian true');
    expect(await disk.used()).toBeLessThan(before + MIB);
  });
});
