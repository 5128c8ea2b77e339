import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import Dockerode from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { SessionInfo } from '../sandbox/host/supervisor.ts';
import { Collector } from './collector.ts';
import { openMachines, type Machines } from './machines.ts';
import { openTerminal, type TerminalProgram } from './pty.ts';
import { settings } from './settings.ts';
import { openShell } from './shell.ts';

const run = promisify(execFile);

/** The CLI that learners have, out of the workbench. */
const DOCKER = path.join(settings.dataDir, 'workbench/current/usr/bin/docker');
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const DETACH = '\u0010\u0011';

let machines: Machines;
let session: SessionInfo;
let folder = '';
const terminals: TerminalProgram[] = [];

beforeAll(async () => {
  machines = await openMachines();
  session = await machines.supervisor.create();
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-cli-'));
  await docker('pull', '-q', 'busybox');
});

afterAll(async () => {
  await machines.close();
  await rm(folder, { recursive: true, force: true });
});

afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill();
  const ids = (await docker('ps', '-aq')).split('\n').filter((id) => id !== '');
  if (ids.length > 0) await docker('rm', '-fv', ...ids);
});

function environment(): Record<string, string> {
  return {
    DOCKER_HOST: `unix://${session.engineSocket}`,
    HOME: folder,
    PATH: '/usr/bin:/bin',
    TERM: 'xterm-256color',
  };
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run(DOCKER, args, { env: environment(), cwd: folder });
  return stdout.trim();
}

function inTerminal(...args: string[]): TerminalProgram {
  const terminal = openTerminal({ file: DOCKER, args, env: environment() });
  terminals.push(terminal);
  return terminal;
}

describe('a person at a terminal', () => {
  it('run -it: a shell that echoes, edits and ends with Ctrl-D', async () => {
    const terminal = inTerminal('run', '-it', '--rm', '--name', 'box', 'busybox');
    await terminal.expect('/ # ');
    terminal.type('echo $((6 * 7)); tty; exit\b\b\b\b      \b\b\b\b\b\r');
    await terminal.expect('\n42\r\n');
    await terminal.expect('/dev/pts/0\r\n');
    terminal.type(`sh -c 'exit 3'\r`);
    await terminal.expect('/ # ');
    terminal.type(CTRL_D);
    expect(await terminal.exited).toBe(3);
    expect(await docker('ps', '-aq')).toBe('');
  });

  it('Ctrl-C interrupts the program in front, not the container', async () => {
    const terminal = inTerminal('run', '-it', '--rm', 'busybox');
    await terminal.expect('/ # ');
    terminal.type('sleep 600\r');
    await terminal.expect('sleep 600\r\n');
    await eventually(async () => (await docker('top', await docker('ps', '-q'))).includes('sleep 600'));
    terminal.type(CTRL_C);
    await terminal.expect('/ # ');
    terminal.type('echo still $?\r');
    await terminal.expect('still 130\r\n');
  });

  it('the container’s terminal has the size of the person’s, and follows it', async () => {
    const terminal = inTerminal('run', '-it', '--rm', 'busybox');
    await terminal.expect('/ # ');
    terminal.type(`${sized('30 100')}; stty size\r`);
    await terminal.expect('30 100\r\n');
    terminal.resize(132, 43);
    terminal.type(`${sized('43 132')}; stty size\r`);
    await terminal.expect('43 132\r\n');
  });

  it('detach with Ctrl-P Ctrl-Q, and attach again to the same shell', async () => {
    const first = inTerminal('run', '-it', '--name', 'box', 'busybox');
    await first.expect('/ # ');
    first.type('answer=42\r');
    await first.expect('/ # ');
    first.type(DETACH);
    expect(await first.exited).toBe(0);
    expect(await docker('inspect', '-f', '{{.State.Status}}', 'box')).toBe('running');

    const second = inTerminal('attach', 'box');
    second.type('\recho $answer\r');
    await second.expect('\n42\r\n');
    second.type('exit 5\r');
    expect(await second.exited).toBe(5);
  });

  it('--detach-keys chooses other keys', async () => {
    const terminal = inTerminal('run', '-it', '--detach-keys', 'ctrl-x,d', '--name', 'box', 'busybox');
    await terminal.expect('/ # ');
    terminal.type('\u0018d');
    expect(await terminal.exited).toBe(0);
    expect(await docker('inspect', '-f', '{{.State.Status}}', 'box')).toBe('running');
  });

  it('exec -it: a second shell beside the first', async () => {
    await docker('run', '-d', '--name', 'box', 'busybox', 'sleep', '600');
    const terminal = inTerminal('exec', '-it', '-e', 'COLOUR=teal', '-w', '/tmp', 'box', 'sh');
    await terminal.expect('/tmp # ');
    terminal.type(`${sized('30 100')}; echo $COLOUR; ps | grep -c "sleep 600"; stty size\r`);
    await terminal.expect(/teal\r\n\d\r\n30 100\r\n/u);
    terminal.type('exit 4\r');
    expect(await terminal.exited).toBe(4);
    expect(await docker('inspect', '-f', '{{.State.Status}}', 'box')).toBe('running');
  });

  it('two people at one container see the same', async () => {
    await docker('run', '-dit', '--name', 'box', 'busybox');
    const [one, two] = [inTerminal('attach', 'box'), inTerminal('attach', 'box')];
    const since = await docker('inspect', '-f', '{{.Created}}', 'box');
    await eventually(async () => (await attached(since)) === 2);
    one.type('echo to both\r');
    await Promise.all([one.expect('\nto both\r\n'), two.expect('\nto both\r\n')]);
  });

  it('stop ends a shell that somebody is attached to', async () => {
    const terminal = inTerminal('run', '-it', '--name', 'box', 'busybox', 'sleep', '600');
    await eventually(async () => (await docker('ps', '-q')) !== '');
    await docker('stop', '-t', '0', 'box');
    expect(await terminal.exited).toBe(137);
  });

  it('logs -f in one terminal, the program in another, Ctrl-C ends the first', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'box',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3 4; do echo line $i; sleep 0.3; done; sleep 600',
    );
    const terminal = inTerminal('logs', '-f', 'box');
    await terminal.expect('line 4');
    terminal.type(CTRL_C);
    await terminal.exited;
    expect(await docker('inspect', '-f', '{{.State.Running}}', 'box')).toBe('true');
  });
});

/** Waits in a shell: the CLI tells the engine of a size a little later. */
function sized(size: string): string {
  return `until stty size | grep -q "${size}"; do sleep 0.1; done`;
}

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  await expect.poll(isTrue, { timeout: 60_000, interval: 50 }).toBe(true);
}

/** How many have been joined with a container's terminal since then. */
async function attached(since: string): Promise<number> {
  const until = String(Date.now() / 1000);
  const lines = await docker('events', '--since', since, '--until', until, '--filter', 'event=attach');
  return lines.split('\n').filter((line) => line !== '').length;
}

describe('streams', () => {
  it('100 MB through run -i arrive exactly', async () => {
    const script = `head -c 100000000 /dev/zero | "$0" run -i --rm busybox cat | sha256sum; head -c 100000000 /dev/zero | sha256sum`;
    const { stdout } = await run('bash', ['-c', script, DOCKER], { env: environment() });
    const [through, plain] = stdout.trim().split('\n');
    expect(through).toBe(plain);
  });

  it('nothing of the output is lost when a program ends at once', async () => {
    for (let round = 0; round < 10; round++) {
      const out = await docker('run', '--rm', 'busybox', 'sh', '-c', 'seq 20000');
      expect(out.split('\n')).toHaveLength(20_000);
    }
  });

  it('nothing of a terminal’s output is lost either', async () => {
    for (let round = 0; round < 10; round++) {
      const out = await docker('run', '-t', '--rm', 'busybox', 'sh', '-c', 'seq 20000');
      expect(out.split('\n')).toHaveLength(20_000);
    }
  });

  it('a program that nobody reads from waits', async () => {
    const script = `"$0" run --rm --name box busybox sh -c 'yes | head -c 300000000' | (sleep 2; head -c 10)`;
    const { stdout } = await run('bash', ['-c', script, DOCKER], { env: environment() });
    expect(stdout).toBe('y\ny\ny\ny\ny\n');
    expect(await docker('info', '-f', '{{.OSType}}')).toBe('linux');
  });
});

describe('files', () => {
  it('cp takes a tree both ways with modes, links and times', async () => {
    await run(
      'bash',
      [
        '-c',
        'mkdir -p tree/sub; echo a >tree/sub/a; ln -s sub/a tree/l; chmod 640 tree/sub/a; touch -d 2001-02-03 tree/sub/a',
      ],
      { cwd: folder },
    );
    await docker('run', '-d', '--name', 'box', 'busybox', 'sleep', '600');
    await docker('cp', 'tree', 'box:/tree');
    await docker('cp', 'box:/tree', 'back');
    const list = `find . -printf '%P %y %m %l %TY-%Tm-%Td\\n' | sort`;
    const [sent, got] = await Promise.all(
      ['tree', 'back'].map(async (name) => run('bash', ['-c', `cd ${name}; ${list}`], { cwd: folder })),
    );
    expect(got?.stdout).toBe(sent?.stdout);
  });

  it('an image is what a commit made of it, and survives a restart of the session', async () => {
    await docker('run', '--name', 'box', 'busybox', 'sh', '-c', 'echo kept >/kept');
    await docker('commit', '-m', 'keep', 'box', 'kept:1');
    await docker('volume', 'create', 'data');
    await docker('run', '-d', '--restart', 'always', '--name', 'always', 'busybox', 'sleep', '600');
    await machines.supervisor.stop(session.id);
    session = await machines.supervisor.resume(session.id);
    expect(await docker('run', '--rm', 'kept:1', 'cat', '/kept')).toBe('kept');
    expect(await docker('volume', 'ls', '-q')).toBe('data');
    expect(await docker('inspect', '-f', '{{.State.Status}}', 'box')).toBe('exited');
    expect(await docker('inspect', '-f', '{{.State.Running}}', 'always')).toBe('true');
  });
});

describe('inside the machine', () => {
  it('privileged containers have the machine’s powers', async () => {
    const script = 'mkdir /m && mount -t tmpfs t /m && echo mounted; grep CapEff /proc/self/status';
    expect(await docker('run', '--rm', '--privileged', 'busybox', 'sh', '-c', script)).toMatch(
      /^mounted\nCapEff:\s+0*[1-9a-f]/u,
    );
    await docker('run', '-d', '--name', 'box', 'busybox', 'sleep', '600');
    expect(
      await docker(
        'exec',
        '--privileged',
        'box',
        'sh',
        '-c',
        'mkdir /m && mount -t tmpfs t /m && echo mounted',
      ),
    ).toBe('mounted');
  });

  it('the workbench’s own docker speaks to the engine, and published ports answer in the machine', async () => {
    const shell = await openShell(session.engineSocket);
    const serve = `docker run -d --name web -p 8080:80 busybox sh -c 'mkdir /www; echo hello >/www/index.html; httpd -f -h /www -p 80' >/dev/null`;
    const { output } = await shell.run(
      `${serve}; for i in $(seq 100); do curl -sf http://localhost:8080 && break; sleep 0.2; done; docker port web`,
    );
    expect(output).toBe('hello\n80/tcp -> 0.0.0.0:8080\n80/tcp -> :::8080\n');
    await shell.close();
  });

  it('tools of the workbench are there', async () => {
    const shell = await openShell(session.engineSocket);
    const tools = 'bash git curl jq nano vim less tree ps top docker ip nft tar xz zstd';
    expect(
      (await shell.run(`for t in ${tools}; do command -v $t >/dev/null || echo missing $t; done`)).output,
    ).toBe('');
    await shell.close();
  });

  it('limits of the machine hold for what a container may use', async () => {
    const shell = await openShell(session.engineSocket);
    const { output } = await shell.run(
      `docker run --rm -m 32m --pids-limit 50 busybox sh -c 'head -c 200000000 /dev/zero | tail >/dev/null'; echo code $?; docker ps -q; echo alive`,
      60_000,
    );
    expect(output).toMatch(/code (?:137|1)\nalive\n/u);
    await shell.close();
  });
});

describe('another client: dockerode', () => {
  const client = (): Dockerode => new Dockerode({ socketPath: session.engineSocket });

  it('makes, starts, follows, waits for and removes a container', async () => {
    const container = await client().createContainer({
      Image: 'busybox',
      Cmd: ['sh', '-c', 'echo out; echo err >&2; exit 7'],
      name: 'box',
    });
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const [out, err] = [new Collector(), new Collector()];
    client().modem.demuxStream(stream, out, err);
    await container.start();
    expect(await container.wait()).toMatchObject({ StatusCode: 7 });
    await expect.poll(() => [out.text, err.text]).toEqual(['out\n', 'err\n']);
    expect((await container.inspect()).State.ExitCode).toBe(7);
    await container.remove();
    await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it('exec with a hijacked connection, resize included', async () => {
    const container = await client().createContainer({
      Image: 'busybox',
      Cmd: ['sleep', '600'],
      name: 'box',
    });
    await container.start();
    const exec = await container.exec({ Cmd: ['cat'], AttachStdin: true, AttachStdout: true, Tty: false });
    const stream = await exec.start({ hijack: true, stdin: true });
    const out = new Collector();
    client().modem.demuxStream(stream, out, new Collector());
    stream.write('through the pipe');
    stream.end();
    await new Promise((resolve) => stream.on('end', resolve));
    expect(out.text).toBe('through the pipe');
    expect((await exec.inspect()).ExitCode).toBe(0);
  });

  it('pulls with progress, tags, inspects and commits', async () => {
    const lines = await new Promise<{ status?: string }[]>((resolve, reject) => {
      client().pull('debian:bookworm-slim', {}, (error: Error | null, stream) => {
        if (error !== null || stream === undefined) {
          reject(error ?? new Error('no stream'));
          return;
        }
        client().modem.followProgress(stream, (failed, output) =>
          failed === null ? resolve(output as { status?: string }[]) : reject(failed),
        );
      });
    });
    expect(lines.map(({ status }) => status)).toContain(
      'Status: Downloaded newer image for debian:bookworm-slim',
    );
    const container = await client().createContainer({
      Image: 'debian:bookworm-slim',
      Cmd: ['touch', '/made'],
      name: 'box',
    });
    await container.start();
    await container.wait();
    const changes = (await container.changes()) as { Path: string; Kind: number }[];
    expect(changes).toContainEqual({ Path: '/made', Kind: 1 });
    const { Id } = (await container.commit({ repo: 'made', tag: '1', comment: 'by dockerode' })) as {
      Id: string;
    };
    expect((await client().getImage('made:1').inspect()).Id).toBe(Id);
  });

  it('copies archives and follows events', async () => {
    const events = await client().getEvents({ filters: { event: ['create', 'destroy'] } });
    const seen = new Collector();
    events.pipe(seen, { end: false });
    const container = await client().createContainer({ Image: 'busybox', Cmd: ['true'], name: 'box' });
    await writeFile(path.join(folder, 'sent'), 'sent');
    await run('tar', ['-cf', 'sent.tar', 'sent'], { cwd: folder });
    await container.putArchive(path.join(folder, 'sent.tar'), { path: '/tmp' });
    const archive = await container.getArchive({ path: '/tmp/sent' });
    const got = new Collector();
    await new Promise((resolve) => archive.pipe(got).on('finish', resolve));
    await writeFile(path.join(folder, 'got.tar'), got.bytes);
    await run('tar', ['-xf', 'got.tar', '-O', 'sent'], { cwd: folder }).then(({ stdout }) =>
      expect(stdout).toBe('sent'),
    );
    await container.remove();
    await expect.poll(() => seen.text).toContain('"destroy"');
    (events as unknown as { destroy(): void }).destroy();
    expect(seen.text).toContain('"create"');
    expect(await readFile(path.join(folder, 'sent'), 'utf8')).toBe('sent');
  });

  it('what is out of scope says so', async () => {
    await expect(client().listNodes()).rejects.toMatchObject({ statusCode: 503 });
  });
});
