import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openMachines, type Machines } from './machines.ts';
import { PROJECT } from './oracle/rows/compose.ts';
import { settings } from './settings.ts';

const run = promisify(execFile);

const isThere = existsSync('/usr/bin/docker-compose');

it.runIf(settings.ci)('docker-compose is there, or the rows about it would compare nothing', () => {
  expect(isThere).toBe(true);
});

describe.skipIf(!isThere)('a project of three services in a session', () => {
  let folder = '';
  let machines: Machines | undefined;
  let dockerHost = '';

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-compose-'));
    machines = await openMachines({ memoryBytes: 1024 ** 3, processes: 1024, cpus: 2 });
    dockerHost = `unix://${(await machines.supervisor.create()).engineSocket}`;
    await shell(PROJECT);
  });

  afterAll(async () => {
    await machines?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function shell(script: string): Promise<string> {
    const PATH = `${path.join(settings.dataDir, 'tools/docker/usr/bin')}:/usr/bin:/bin`;
    const env = { PATH, HOME: folder, LC_ALL: 'C.UTF-8', DOCKER_HOST: dockerHost, GREETING: 'hi' };
    const { stdout } = await run('bash', ['-c', script], {
      cwd: folder,
      env: { ...env, COMPOSE_PROJECT_NAME: 'demo' },
    });
    return stdout.trim();
  }

  it('is built and started, and its services find each other by name', async () => {
    await shell('docker-compose build -q && docker-compose up -d 2>/dev/null');
    expect(await shell('docker wait demo_job_1 && docker logs demo_job_1')).toBe('0\nhello\nhi');
    expect(await shell('docker-compose ps --services --filter status=running')).toBe('db\nweb');
    expect(await shell('docker-compose exec -T web sh -c \'echo "$A $B $C $FROM_IMAGE"\'')).toBe(
      'file two words from-yml yes',
    );
  });

  it('is scaled, keeps its data when it is restarted, and leaves nothing behind', async () => {
    await shell('docker-compose up -d --scale job=3 2>/dev/null');
    expect(await shell('docker ps -aq --filter label=team=blue | wc -l')).toBe('3');
    await shell('docker-compose exec -T db touch /data/kept && docker-compose restart db 2>/dev/null');
    expect(await shell('docker-compose exec -T db ls /data')).toBe('kept\nx');
    await shell('docker-compose down -v 2>/dev/null');
    expect(await shell('docker ps -aq; docker volume ls -q; docker network ls -q --filter type=custom')).toBe(
      '',
    );
  });
});
