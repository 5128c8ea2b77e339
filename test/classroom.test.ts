import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Shell } from '../cli/lesson/shell.ts';
import type { SessionView } from '../server/protocol.ts';
import { TestBrowser } from '../server/testing/browser.ts';
import { ARTEFACTS, browserMissing, openBrowser, waitForTerminal, waitForTruth } from './browser.ts';
import { NO_TRACES, tracesOf } from './host/traces.ts';
import { familyOf } from './load/meter.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/** A host with room for one machine: who waits, what is logged, and what of it survives which death. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const SECRET = 'hunter2-is-my-password';
const KILLS = settings.long ? 200 : 6;
const SESSIONS = settings.long ? 500 : 20;
const SILENT = 1000;
/** A victim is killed so long after the work began, at most, in milliseconds. */
const LONGEST_MS = 600;

let dataDir = '';
let service: Service;

beforeAll(async () => {
  dataDir = await makeDataFolder();
  service = await start();
});

afterAll(async () => {
  await (service as Service | undefined)?.stop();
  await removeDataFolder(dataDir);
});

async function start(): Promise<Service> {
  const port = (service as Service | undefined)?.port ?? 0;
  const one = ['--port', String(port), '--max-sessions', '1', '--spares', '0'];
  const log = ['--log-format', 'json', '--log-level', 'debug'];
  // Each learner is somebody else to the server's limits, as behind a proxy.
  return startService(dataDir, [...one, ...log, '--trusted-proxies', '1', '--content-trust', 'off']);
}

const own = { body: { lesson: 'first-image' } };

interface Visit {
  readonly session: SessionView;
  readonly shell: Shell;
}

/** A learner with a shell on the machine there is for them, tried until it is there: what has died may not be missed yet. */
async function visit(learner: TestBrowser): Promise<Visit> {
  let there: Visit | undefined;
  const attempt = async (): Promise<unknown> => {
    const { status, body } = await learner.request<SessionView>('POST', '/api/sessions', own);
    if (status !== 200 && status !== 201) return body;
    there = { session: body, shell: await Shell.open(await learner.connect(body.id)) };
    return 'there';
  };
  const saying = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  await expect.poll(() => attempt().catch(saying), { timeout: 90_000, interval: 2_000 }).toBe('there');
  if (!there) throw new Error('There is no machine.');
  return there;
}

let addresses = 0;
const newLearner = (): TestBrowser => {
  addresses += 1;
  return new TestBrowser(service.url, undefined, {
    'x-forwarded-for': `10.1.${addresses >> 8}.${addresses & 255}`,
  });
};

describe.skipIf(missing !== null)('a full host', () => {
  it('has learners wait in order, over a reload, and lets them in by itself', async () => {
    const first = newLearner();
    const { session, shell } = await visit(first);
    await shell.run(
      `echo ${SECRET} >/root/${SECRET}; docker run --name ${SECRET} busybox ${SECRET} || true`,
      30_000,
    );

    const browser = await openBrowser({ baseURL: service.url });
    const { page } = browser;
    await page.goto('/lessons/first-image');
    const waits = page.getByRole('heading', { name: 'You are next in the queue' });
    await waits.waitFor();
    await page.getByRole('heading', { level: 1, name: 'Your first image' }).waitFor();
    const third = newLearner();
    expect((await third.request('POST', '/api/sessions', own)).body).toEqual({ place: 2, of: 2 });
    await page.getByText('2 people wait, you among them.').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: path.join(ARTEFACTS, `queue-${colorScheme}.png`) });
    }
    await page.reload();
    await waits.waitFor();
    await waitForTruth(page, `document.title.startsWith('(1) ')`);

    await first.request('DELETE', `/api/sessions/${session.id}`);
    await waitForTerminal(page, /~ (?:\d+ )?# ?$/u);
    await third.request('DELETE', '/api/queue');
    const [mine] = await page.evaluate<{ id: string }[]>(
      `fetch('/api/sessions').then((answer) => answer.json())`,
    );
    await page.evaluate(`fetch('/api/sessions/${mine?.id ?? ''}', { method: 'DELETE' })`);
    expect(browser.errors).toEqual([]);
    await browser.close();
    first.close();
  });

  it('logs all of it by machine, one object a line, and nothing of what learners type', () => {
    const lines = service.printed().trim().split('\n');
    const events = lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['created', 'waited', 'ended', 'request']),
    );
    expect(lines.join('\n')).not.toContain(SECRET);
    for (const name of readdirSync(path.join(dataDir, 'server/audit')))
      expect(readFileSync(path.join(dataDir, 'server/audit', name), 'utf8')).not.toContain(SECRET);
  });
});

describe('what the host goes through', () => {
  it(
    `is survived by machines and their disks: ${KILLS} kills at any time`,
    { timeout: 60_000 + KILLS * 30_000 },
    async () => {
      const learner = newLearner();
      let { session, shell } = await visit(learner);
      const { id } = session;
      for (let round = 1; round <= KILLS; round++) {
        const victim = VICTIMS[(round - 1) % VICTIMS.length] ?? 'server';
        await shell.run(`echo ${round} >/root/kept; sync`, 30_000);
        const work = 'while :; do docker run --name x busybox true; docker commit x x:1; docker rm x; done';
        shell.run(work, 600_000).catch(() => undefined);
        await sleep(Math.random() * LONGEST_MS);
        await kill(victim);
        learner.close();
        ({ session, shell } = await visit(learner));
        const { output } = await shell.run('cat /root/kept; docker run --rm busybox echo works', 60_000);
        expect({ victim, round, id: session.id, output }).toEqual({
          victim,
          round,
          id,
          output: `${round}\nworks\n`,
        });
      }
      await learner.request('DELETE', `/api/sessions/${id}`);
      learner.close();
      await expect.poll(() => tracesOf(dataDir), { timeout: 60_000 }).toEqual(NO_TRACES);
    },
  );

  it(`leaves nothing behind: ${SESSIONS} machines`, { timeout: 60_000 + SESSIONS * 10_000 }, async () => {
    const round = async (): Promise<void> => {
      const learner = newLearner();
      const { session, shell } = await visit(learner);
      await shell.run('docker run busybox true', 60_000);
      await learner.request('DELETE', `/api/sessions/${session.id}`);
      learner.close();
    };
    await round();
    const before = await openFiles();
    for (let done = 0; done < SESSIONS; done++) await round();
    expect(tracesOf(dataDir)).toEqual(NO_TRACES);
    await expect.poll(openFiles, { timeout: 60_000 }).toBeLessThanOrEqual(before + 4);
    expect(readdirSync(path.join(dataDir, 'server/sessions'))).toEqual([]);
  });

  it(`goes on beside ${SILENT} connections that say nothing`, async () => {
    const learner = newLearner();
    const { session, shell } = await visit(learner);
    const before = await openFiles();
    const silent = await Promise.all(
      Array.from({ length: SILENT }, async (_, index) =>
        openSilent(service.port, BEGINNINGS[index % BEGINNINGS.length] ?? ''),
      ),
    );
    const upgraded = (): number => silent.filter(({ bytesRead }) => bytesRead > 0).length;
    await expect
      .poll(upgraded, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(Math.floor(SILENT / BEGINNINGS.length));
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    expect((await shell.run('echo still here', 30_000)).output).toBe('still here\n');
    for (const socket of silent) socket.destroy();
    await expect.poll(openFiles, { timeout: 30_000 }).toBeLessThanOrEqual(before + 4);
    await learner.request('DELETE', `/api/sessions/${session.id}`);
    learner.close();
  });
});

/** What a connection says before it falls silent: nothing, half a request, or that it wants to be a page's. */
const BEGINNINGS = [
  '',
  'GET / HTTP/1.1\r\n',
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2xpcHdheS1pcy1zaWxlbg==\r\n\r\n',
];

const VICTIMS = ['server', 'engine', 'supervisor'] as const;

/** Kills with SIGKILL; a supervisor that is gone is started again, as a service manager does. */
async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
  const family = familyOf(service.pid);
  // The deepest: what started it has its name among its arguments.
  const found = family.filter((pid) => commandOf(pid).includes(NEEDLES[victim])).at(-1);
  if (found === undefined) throw new Error(`There is no ${victim}.`);
  process.kill(found, 'SIGKILL');
  if (victim !== 'supervisor') return;
  await service.ended;
  service = await start();
}

const NEEDLES = { server: '/server.mjs', engine: '/engine.mjs', supervisor: 'slipway.mjs' } as const;

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** File descriptors of the web server and of the supervisor. */
async function openFiles(): Promise<number> {
  const pids = familyOf(service.pid).filter((pid) => /\/server\.mjs|slipway\.mjs/u.test(commandOf(pid)));
  return pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
}

async function openSilent(port: number, first: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      socket.resume();
      if (first !== '') socket.write(first);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
