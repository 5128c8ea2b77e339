import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { replayLesson } from '../cli/lesson/replay.ts';
import { readLessons } from '../lessons/reader.ts';
import { openComposeHost, type ComposeHost } from './compose-host/host.ts';
import { findOracleTools } from './oracle/tools.ts';
import { runSlipway } from './service.ts';
import { settings } from './settings.ts';
import { openShell } from './shell.ts';

/**
 * `docker-compose up` on a host that has Docker and nothing else, by Debian's docker-compose 1.29 and a real dockerd. The
 * long form builds the image and makes all that a first start makes, which takes minutes; the short one puts this host's
 * programs and what was made here in their place. The rights of the container are those of docker-compose.yml in both.
 */

const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));
const MISSING = `There is no dockerd in ${settings.dataDir}/tools/docker: \`npm test\` unpacks it.`;
if (tools === undefined && settings.ci) throw new Error(MISSING);
if (tools === undefined) console.warn(`\`docker compose up\` cannot be tested. ${MISSING}`);

const LESSON = 'first-image';
const FILES = ['docker-compose.yml', ...(settings.long ? [] : ['test/compose-host/override.yml'])];
const LIMIT_MS = settings.long ? 1_200_000 : 300_000;
/** What a first start makes. */
const MADE = ['runtime', 'workbench', 'catalog', 'page', 'app'];
/** Nothing is fetched but what the image and the first lesson are made of. */
const ADMIN_TOKEN = 'token-of-this-test';
const VARIABLES = { IMAGES: 'none', CONTENT_TRUST: 'off', EGRESS: 'none', MEMORY: '256m', ADMIN_TOKEN };

const run = promisify(execFile);

it('hands every setting on', async () => {
  const file = readFileSync(path.join(settings.project, 'docker-compose.yml'), 'utf8');
  const { services } = parse(file) as { services: { slipway: { environment: string[] } } };
  const help = runSlipway(['start', '--help']);
  await help.ended;
  const known = [...help.printed().matchAll(/env:\s+([A-Z_]+)/gu)].map(([, name = '']) => name);
  // Those that are the container's own.
  const wanted = known.filter((name) => !['HOST', 'PORT', 'DATA_DIR'].includes(name));
  expect(services.slipway.environment).toEqual(expect.arrayContaining(wanted));
});

describe.skipIf(tools === undefined)('docker-compose up', () => {
  let host: ComposeHost;

  beforeAll(async () => {
    if (tools === undefined) return;
    host = await openComposeHost(tools, { files: FILES, reachesOut: settings.long });
    if (settings.long) await host.compose(['build'], { EXTRA_CA: ownAuthorities() });
    else await host.docker('pull', '--quiet', 'debian:bookworm-slim');
    await host.compose(['up', '--no-start', '--no-build'], VARIABLES);
    if (!settings.long) await lend();
  }, LIMIT_MS);

  afterAll(async () => host.close());

  /** Puts what the set-up makes here on the volume; as links, where the file systems are the same. */
  async function lend(): Promise<void> {
    expect(await runSlipway(['setup', '--data-dir', settings.dataDir]).ended).toBe(0);
    const from = MADE.map((name) => path.join(settings.dataDir, name)).filter((each) => existsSync(each));
    const to = host.volume('slipway_data');
    await run('cp', ['-al', ...from, to]).catch(() => run('cp', ['-a', ...from, to]));
  }

  const inside = (script: string) =>
    host.compose(['run', '--rm', '--no-deps', '--entrypoint', 'sh', 'slipway', '-c', script], VARIABLES);

  it('gives the container what it needs, and not the disks of the host', async () => {
    const doctor = await host.compose(['run', '--rm', '--no-deps', 'slipway', 'doctor'], VARIABLES);
    expect(doctor).toContain('This host can run Slipway');
    const opened = inside('mknod /tmp/disk b 8 0 && head -c 1 /tmp/disk');
    await expect(opened).rejects.toThrow(/Operation not permitted/u);
    await expect(inside('modprobe dummy || ip link set eth0 down')).rejects.toThrow(/not permitted/u);
  });

  it('takes a lesson, and has the machines again after a restart', { timeout: LIMIT_MS }, async () => {
    await host.compose(['up', '--detach', '--no-build'], VARIABLES);
    await expect.poll(answers, { timeout: LIMIT_MS, interval: 500 }).toBe(200);
    const lesson = (await readLessons(path.join(settings.project, 'lessons'))).lessons.get(LESSON);
    if (!lesson) throw new Error(`There is no lesson ${LESSON}.`);
    expect((await replayLesson(host.url, lesson)).problems).toEqual([]);

    const session = await begin();
    const socket = path.join(host.volume('slipway_data'), 'sessions', session.id, 'engine.sock');
    const before = await openShell(socket);
    await before.run('docker run --name kept debian touch /kept');
    // The kernel's limit, and its word of it, by which the learner is told.
    const hog = await before.run(`docker run --rm debian perl -e '$x = "x" x (1 << 29)'`);
    expect(hog.exitCode).toBe(137);
    await expect.poll(notices, { timeout: 60_000 }).toBeGreaterThan(0);
    await host.compose(['restart'], VARIABLES);
    await expect.poll(answers, { timeout: LIMIT_MS, interval: 500 }).toBe(200);
    await session.resume();
    const after = await openShell(socket);
    expect((await after.run('docker diff kept')).output).toBe('A /kept\n');
    await after.close();
  });

  /** A bare machine, of somebody who comes back to it. */
  async function begin() {
    const post = (at: string, cookie = '', body: object = {}) =>
      fetch(`${host.url}/api/sessions${at}`, {
        method: 'POST',
        headers: { origin: host.url, cookie, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const answer = await post('', '', { lesson: null });
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const resume = async () => expect((await post(`/${id}/resume`, cookie)).status).toBe(200);
    return { id, resume };
  }

  it('leaves nothing but the volume', async () => {
    await host.compose(['down'], VARIABLES);
    expect(await host.docker('ps', '--all', '--quiet')).toBe('');
    expect(await host.docker('volume', 'ls', '--quiet')).toBe('slipway_data\n');
  });

  async function notices(): Promise<number> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const text = await (await fetch(`${host.url}/metrics`, { headers })).text();
    return Number(/^slipway_notices_total (\d+)$/mu.exec(text)?.[1] ?? 0);
  }

  async function answers(): Promise<number> {
    const answer = await fetch(`${host.url}/readyz`).catch(() => undefined);
    return answer?.status ?? 0;
  }
});

/** The authorities that this host's administrator trusts beside the usual ones: what fetches from here must, too. */
function ownAuthorities(): string {
  const folder = '/usr/local/share/ca-certificates';
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.crt')) : [];
  return names.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n');
}
