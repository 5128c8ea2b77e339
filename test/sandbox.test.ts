import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callEngine } from './engine-socket.ts';
import { NO_TRACES, tracesOf } from './host/traces.ts';
import { settings } from './settings.ts';

const execute = promisify(execFile);

/** Where a `slipway sandbox` keeps its machine: one folder for each of them. */
const sandboxes = path.join(settings.dataDir, 'sandbox');
const docker = path.join(settings.dataDir, 'tools/docker/usr/bin/docker');

let folder = '';
let socket = '';
const started: Sandbox[] = [];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-s-')));
  socket = path.join(folder, 'docker.sock');
});

afterEach(async () => {
  for (const { child, exited } of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
});

interface Sandbox {
  readonly child: ChildProcess;
  readonly exited: Promise<number>;
  output(): string;
}

function run(...args: string[]): Sandbox {
  const program = path.join(settings.project, 'cli/slipway.mjs');
  const command = [program, 'sandbox', '--data-dir', settings.dataDir, '--socket', socket, ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exited = new Promise<number>((resolve) => {
    child.on('close', (code) => {
      resolve(code ?? 128);
    });
  });
  const sandbox = { child, exited, output: () => output };
  started.push(sandbox);
  return sandbox;
}

async function ready(sandbox: Sandbox): Promise<Sandbox> {
  await expect.poll(() => sandbox.output(), { timeout: 60_000 }).toMatch(/The machine is ready/);
  return sandbox;
}

async function client(...args: string[]): Promise<string> {
  const { stdout } = await execute(docker, args, {
    env: { ...process.env, DOCKER_HOST: `unix://${socket}` },
  });
  return stdout.trim();
}

/** The folders of sandboxes that were not there before. */
async function folders(): Promise<string[]> {
  return existsSync(sandboxes) ? (await readdir(sandboxes)).map((name) => path.join(sandboxes, name)) : [];
}

describe('slipway sandbox', () => {
  it('serves the Docker API of a machine, and ends without a trace at a signal', async () => {
    const before = await folders();
    const sandbox = await ready(run());
    const [own] = (await folders()).filter((name) => !before.includes(name));
    expect(await client('run', '--rm', 'busybox', 'echo', 'hi')).toBe('hi');
    expect(await callEngine(socket, 'GET', '/slipway/ready')).toMatchObject({ status: 404 });
    expect(tracesOf(own ?? '').processes).toBeGreaterThan(1);
    sandbox.child.kill('SIGINT');
    expect(await sandbox.exited).toBe(0);
    expect(existsSync(socket)).toBe(false);
    expect(await folders()).not.toContain(own);
    expect(tracesOf(own ?? '')).toEqual(NO_TRACES);
  });

  it('shows folders of the host, and published ports on its loopback', async () => {
    const [shown, fixed] = [path.join(folder, 'shown'), path.join(folder, 'fixed')];
    await mkdir(shown);
    await mkdir(fixed);
    await writeFile(path.join(fixed, 'page.html'), 'from the host');
    await ready(run('--publish', '--mount', `${shown}:/shown`, '--mount', `${fixed}:/fixed:ro`));
    await client(
      'run',
      '-d',
      '--name',
      'web',
      '-p',
      '80',
      '-v',
      '/fixed:/www',
      'busybox',
      'httpd',
      '-f',
      '-h',
      '/www',
    );
    const port = /:(\d+)$/m.exec(await client('port', 'web', '80'))?.[1] ?? '';
    const page = () => fetch(`http://127.0.0.1:${port}/page.html`).then((answer) => answer.text(), String);
    await expect.poll(page, { timeout: 60_000 }).toBe('from the host');
    await client('run', '--rm', '-v', '/shown:/out', 'busybox', 'sh', '-c', 'echo made > /out/file');
    expect(await readFile(path.join(shown, 'file'), 'utf8')).toBe('made\n');
    await client('rm', '-f', 'web');
    await expect.poll(page, { timeout: 60_000 }).toMatch(/fetch failed/);
  });

  it('leaves nothing that the next one does not put away, when it is killed', async () => {
    const before = await folders();
    const sandbox = await ready(run());
    const [own = ''] = (await folders()).filter((name) => !before.includes(name));
    sandbox.child.kill('SIGKILL');
    await sandbox.exited;
    await expect.poll(() => tracesOf(own).processes, { timeout: 60_000 }).toBe(0);
    await expect.poll(() => tracesOf(own).loops, { timeout: 60_000 }).toBe(0);
    // It does not touch what is young: that may be another one's that just starts.
    const earlier = new Date(Date.now() - 60_000);
    await utimes(own, earlier, earlier);
    await ready(run());
    expect(existsSync(own)).toBe(false);
    expect(tracesOf(own)).toEqual(NO_TRACES);
  });

  it('does not take over what is in use', async () => {
    await ready(run());
    const second = run();
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/Another program serves at .*docker\.sock/);
    await writeFile(path.join(folder, 'file'), 'mine');
    socket = path.join(folder, 'file');
    const third = run();
    expect(await third.exited).toBe(1);
    expect(third.output()).toMatch(/it is not a socket/);
    expect(await readFile(socket, 'utf8')).toBe('mine');
  });
});
