import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { SessionInfo } from '../sandbox/host/supervisor.ts';
import { callEngine } from './engine-socket.ts';
import { attackPrelude, systemCall } from './isolation/attack.ts';
import { ATTACKS } from './isolation/attacks.ts';
import { openMachines, type Machines } from './machines.ts';
import { openShell, type Shell } from './shell.ts';

const run = promisify(execFile);

/** Lies on the host only: in a file's name and content, and in the environment of what starts the supervisor. */
const SECRET = `slipway-secret-${randomBytes(8).toString('hex')}`;

let machines: Machines;
let session: SessionInfo;
let neighbour: SessionInfo;
let shell: Shell;
let folder = '';

beforeAll(async () => {
  process.env.SLIPWAY_TEST_SECRET = SECRET;
  machines = await openMachines();
  [session, neighbour] = await Promise.all([machines.supervisor.create(), machines.supervisor.create()]);
  shell = await openShell(session.engineSocket);
  await shell.run('docker pull -q busybox');
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-isolation-'));
  await writeFile(path.join(folder, SECRET), SECRET);
});

afterAll(async () => {
  await shell.close();
  await machines.close();
  await rm(folder, { recursive: true, force: true });
});

/** The attempt as root of the host, in a mount namespace of its own: nothing it mounts stays. */
async function onHost(script: string): Promise<string> {
  const command = `{ ${attackPrelude(process.arch)}\n${script}\n} 2>&1`;
  const { stdout } = await run('unshare', ['--mount', 'timeout', '10', 'bash', '-c', command]).catch(
    (error: unknown) => error as { stdout: string },
  );
  return stdout;
}

/** What a shell puts into its background may not run yet when the shell goes on. */
async function pidOf(command: string): Promise<string> {
  const find = async () => run('pgrep', ['-f', `^${command}$`]).catch(() => ({ stdout: '' }));
  await expect.poll(async () => (await find()).stdout, { timeout: 60_000 }).not.toBe('');
  return (await find()).stdout.trim();
}

/** The supervisor itself: below `unshare` and the shell that is process 1 of its namespace. */
function supervisorPid(): string {
  const child = (pid: string): string =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0] ?? '';
  return child(child(String(machines.process.pid)));
}

async function inSession(script: string): Promise<string> {
  return (await shell.run(attackPrelude(process.arch) + script)).output;
}

describe('ways out that the kernel or the seccomp profile refuses', () => {
  it.each(ATTACKS)('$title', async ({ script, refused, control }) => {
    expect(await inSession(script)).toMatch(refused);
    if (control !== undefined) expect(await onHost(control.script ?? script)).toMatch(control.expected);
  });
});

describe('files of the host', () => {
  it('no path leads to a file of the host', async () => {
    const file = path.join(folder, SECRET);
    expect(await onHost(`cat ${file}`)).toContain(SECRET);
    expect(await inSession(`cat ${file} /proc/1/root${file}; find / -name '${SECRET}' 2>/dev/null`)).toBe(
      `cat: ${file}: No such file or directory\ncat: /proc/1/root${file}: No such file or directory\n`,
    );
  });

  it('a container that binds / sees the machine, not the host', async () => {
    const script = `docker run --rm --privileged -v /:/host busybox sh -c 'cat /host/etc/hostname; ls /host${folder} 2>&1'`;
    expect(await inSession(script)).toMatch(/^slipway\n[^]*No such file/u);
  });

  it('no process holds a file open, or stands in a folder, that lies outside', async () => {
    // The same file by its name as by the descriptor: what came in from outside has no name here, or is another one.
    const output = await inSession(
      `for f in /proc/[0-9]*/fd/* /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe; do
        name=$(readlink "$f") || continue
        case $name in /dev/null|/dev/pts/*|*' (deleted)') ;; /*) echo seen; test "$f" -ef "$name" || echo "outside: $f $name";; esac
      done | sort | uniq -c | sort -rn`,
    );
    expect(output).toMatch(/^\s*\d+ seen$/mu);
    expect(output).not.toContain('outside');
  });

  it('no environment carries what the supervisor was started with', async () => {
    expect(await onHost('cat /proc/*/environ | tr "\\0" "\\n"')).toContain(SECRET);
    const environments = await inSession('cat /proc/*/environ | tr "\\0" "\\n"');
    expect(environments).toContain('HOME=');
    expect(environments).not.toContain(SECRET);
  });

  it('what a session writes over the shared userland stays in that session', async () => {
    const other = await openShell(neighbour.engineSocket);
    try {
      expect(
        await inSession(
          'echo planted >>/usr/bin/tree; echo planted >/usr/bin/planted; tail -c 8 /usr/bin/tree',
        ),
      ).toBe('planted\n');
      expect((await other.run('tail -c 8 /usr/bin/tree; ls /usr/bin/planted')).output).not.toMatch(
        /^planted/mu,
      );
    } finally {
      await other.close();
    }
  });

  it('a setuid program on a session’s disk is nobody’s on the host', async () => {
    expect(
      await inSession('cp /bin/bash /root/planted; chmod 4755 /root/planted; stat -c "%a %u" /root/planted'),
    ).toBe('4755 0\n');
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    expect(mounts).not.toContain(machines.dataDir);
    const asNobody = await run('setpriv', [
      '--reuid',
      '65534',
      '--clear-groups',
      'ls',
      path.join(machines.dataDir, 'sessions', session.id),
    ]).catch((error: unknown) => (error as { stderr: string }).stderr);
    expect(asNobody).toContain('Permission denied');
  });

  it('no other user in the supervisor’s own namespace comes near the disk of a session that boots', async () => {
    const place = path.join(machines.dataDir, 'run/sessions', session.id);
    const see = (user: string): Promise<string> =>
      run('nsenter', [
        ...['--target', supervisorPid(), '--mount', 'setpriv', '--reuid', user, '--clear-groups'],
        ...['stat', '--format', 'seen', place],
      ]).then(
        ({ stdout }) => stdout,
        (error: unknown) => (error as { stderr: string }).stderr,
      );
    expect(await see('0')).toBe('seen\n');
    expect(await see('65534')).toContain('Permission denied');
  });

  it('the disk of a session is a file that no other user of the host reads', async () => {
    const root = path.join(machines.dataDir, 'sessions', session.id);
    const disks = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.img'),
    );
    expect(disks.length).toBeGreaterThan(0);
    for (const disk of disks) expect((await stat(path.join(root, disk))).mode & 0o077).toBe(0);
    expect(await inSession(`ls ${root} /sessions /disk.img`)).toMatch(/No such file/u);
  });
});

describe('processes of the host', () => {
  it('the machine’s root is no root outside', async () => {
    await inSession('sleep 4711 & disown');
    const status = readFileSync(`/proc/${await pidOf('sleep 4711')}/status`, 'utf8');
    expect(Number(/^Uid:\s+(\d+)/mu.exec(status)?.[1])).toBeGreaterThanOrEqual(65_536);
    expect(
      await inSession('grep ^Uid: /proc/$(pgrep -f "^sleep 4711$")/status; pkill -f "^sleep 4711$"'),
    ).toMatch(/^Uid:\s+0\s/u);
  });

  it('they are not seen, and cannot be signalled or traced', async () => {
    const script = `kill -0 ${process.pid}; sys ptrace 16 ${process.pid} 0 0; ls /proc | grep -c '^[0-9]*$'; ps -eo args | grep -c vitest`;
    expect(await onHost(`kill -0 ${process.pid} && echo seen`)).toContain('seen');
    const output = await inSession(script);
    expect(output).toMatch(/No such process\nrefused: (?:No such process|Operation not permitted)\n/u);
    expect(Number(/^(\d+)$/mu.exec(output)?.[1])).toBeLessThan(30);
  });

  it('no namespace is shared with the host', async () => {
    const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
    const inside = await inSession(`for kind in ${kinds.join(' ')}; do readlink /proc/1/ns/$kind; done`);
    const outside = kinds.map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
    const other = await openShell(neighbour.engineSocket);
    const beside = (await other.run(`for kind in ${kinds.join(' ')}; do readlink /proc/1/ns/$kind; done`))
      .output;
    await other.close();
    expect(inside.trim().split('\n')).toHaveLength(kinds.length);
    for (const name of inside.trim().split('\n'))
      expect([...outside, ...beside.split('\n')]).not.toContain(name);
  });

  it('a seccomp filter is on, and no program may take new powers over the kernel', async () => {
    const output = await inSession('grep -E "^(Seccomp|CapBnd):" /proc/self/status');
    expect(output).toMatch(/^Seccomp:\s+2$/mu);
    const bounding = BigInt(`0x${/^CapBnd:\s+(\w+)$/mu.exec(output)?.[1] ?? ''}`);
    const forbidden = {
      SYS_MODULE: 16n,
      SYS_RAWIO: 17n,
      SYS_BOOT: 22n,
      SYS_TIME: 25n,
      MAC_ADMIN: 33n,
      SYSLOG: 34n,
      BPF: 39n,
    };
    const held = Object.entries(forbidden)
      .filter(([, bit]) => (bounding >> bit) & 1n)
      .map(([name]) => name);
    expect(held).toEqual([]);
  });

  it('a container that asks for the host’s processes gets the machine’s', async () => {
    expect(
      await inSession(`docker run --rm --pid host --privileged busybox ps -o args | grep -c '[v]itest'`),
    ).toBe('0\n');
  });

  it('the host’s name stays as it is', async () => {
    const before = readFileSync('/proc/sys/kernel/hostname', 'utf8');
    expect(await inSession('hostname planted; hostname; hostname slipway')).toBe('planted\n');
    expect(readFileSync('/proc/sys/kernel/hostname', 'utf8')).toBe(before);
  });
});

describe('network of the host', () => {
  const connect = (port: number): string =>
    `for a in 127.0.0.1 172.17.0.1 10.0.2.2; do timeout 2 bash -c "exec 3<>/dev/tcp/$a/${port} && echo connected" 2>&1; done`;
  const abstract = (name: string): string =>
    `perl -e 'use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); print connect($s, pack("Sa108", AF_UNIX, "\\0${name}")) ? "connected\\n" : "refused: $!\\n"'`;

  it('the host’s loopback is another one', async () => {
    const server = createServer((socket) => socket.destroy());
    await listening(server, { port: 0, host: '127.0.0.1' });
    const { port } = server.address() as { port: number };
    expect(await onHost(connect(port))).toContain('connected');
    expect(await inSession(connect(port))).not.toContain('connected');
    server.close();
  });

  it('every address of the host is out of reach', async () => {
    const { stdout } = await run('ip', ['-o', '-4', 'addr', 'show', 'scope', 'global']);
    const addresses = [...stdout.matchAll(/inet ([\d.]+)/gu)].map((match) => match[1] ?? '');
    for (const address of addresses) {
      expect(
        await inSession(`timeout 2 bash -c "exec 3<>/dev/tcp/${address}/22"; ping -c 1 -W 1 ${address}`),
      ).toMatch(/Network is unreachable|command not found/u);
    }
  });

  it('abstract sockets of the host are in another namespace', async () => {
    const server = createServer((socket) => socket.destroy());
    await listening(server, { path: `\0${SECRET}` });
    expect(await onHost(abstract(SECRET))).toBe('connected\n');
    expect(await inSession(abstract(SECRET))).toBe('refused: Connection refused\n');
    server.close();
  });

  it('a container on the host’s network is on the machine’s', async () => {
    const names = await inSession(`docker run --rm --network host busybox ls /sys/class/net`);
    expect(names).toMatch(/^lo$/mu);
    expect(names).not.toMatch(/^(?:eth|en|wl)/mu);
  });
});

describe('other sessions and the supervisor', () => {
  it('the sockets of a neighbour, and one’s own on the host, are on no path', async () => {
    for (const { engineSocket } of [session, neighbour]) {
      expect((await callEngine(engineSocket, 'GET', '/slipway/ready')).status).toBe(204);
      expect(await inSession(`curl -sS --unix-socket ${engineSocket} http://x/_ping`)).toMatch(
        /Could(?:n't| not) connect/u,
      );
    }
    const sockets = await inSession('find / -type s 2>/dev/null');
    expect(sockets).toMatch(/docker\.sock/u);
    expect(sockets).not.toMatch(/engine\.sock|supervisor/u);
  });

  it('Docker’s socket does not answer what is the server’s alone', async () => {
    const ask = (route: string): string =>
      `curl -s -o /dev/null -w '%{http_code}\\n' --unix-socket /var/run/docker.sock http://x${route}`;
    expect(
      await inSession(
        `${ask('/_ping')}; ${ask('/slipway/ready')}; ${ask('/slipway/terminals')}; ${ask('/slipway/usage')}`,
      ),
    ).toBe('200\n404\n404\n404\n');
  });

  it('a docker.sock that is swapped for a link leads the server nowhere else', async () => {
    await inSession(
      'mv /var/run/docker.sock /var/run/real; ln -s /etc/passwd /var/run/docker.sock; mkdir -p /var/lib/docker/x',
    );
    expect((await callEngine(session.engineSocket, 'GET', '/slipway/ready')).status).toBe(204);
    expect((await callEngine(session.engineSocket, 'GET', '/_ping')).body).toBe('OK');
    await inSession('rm /var/run/docker.sock; mv /var/run/real /var/run/docker.sock');
    expect(await inSession('docker ps -q; echo back')).toBe('back\n');
  });

  it('limits cannot be raised from inside', async () => {
    const read =
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu*/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null';
    const before = await inSession(read);
    expect(before).toMatch(/^536870912\n/u);
    const raise = `for f in memory/memory.limit_in_bytes memory.max pids/pids.max pids.max cpu/cpu.cfs_quota_us cpu.max; do
      test -e /sys/fs/cgroup/$f && echo 99999999999 >/sys/fs/cgroup/$f; done; true`;
    expect(await inSession(raise)).toMatch(
      /(?:Permission denied|Read-only file system|Operation not permitted)/u,
    );
    expect(await inSession(read)).toBe(before);
  });

  it('what waits in its sockets is bounded, and does not fill those of the host', async () => {
    const pages = () => Number(/^UDP: .* mem (\d+)$/mu.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1]);
    const before = pages();
    // Three of these fit into one socket: 180 MB that nobody reads.
    const fill = `use Socket; for (1..1000) { socket(my $to, AF_INET, SOCK_DGRAM, 0); bind($to, sockaddr_in(0, INADDR_LOOPBACK));
      socket(my $from, AF_INET, SOCK_DGRAM, 0); send($from, "x" x 60000, 64, getsockname $to) for 1..6; push @kept, $to }
      print scalar(@kept), "\n"; sleep 300`;
    expect(
      await inSession(
        `: >/tmp/filled; perl -e '$| = 1; ${fill}' >>/tmp/filled & until grep . /tmp/filled; do sleep 0.1; done`,
      ),
    ).toBe('1000\n');
    const taken = (pages() - before) * 4096;
    await inSession(`pkill -f 'sleep 300'`);
    expect(taken).toBeGreaterThan(1024 ** 2);
    expect(taken).toBeLessThan(100 * 1024 ** 2);
  });

  it.each([
    { what: 'instances of inotify', call: 'inotify_init1', values: '0' },
    { what: 'message queues', call: 'mq_open', values: '"queue-$n", 66, 0600, 0' },
  ])('$what that one session has used up are there for another', async ({ call, values }) => {
    const open = (most: number): string =>
      `LC_ALL=C perl -e '$| = 1; my $n = 0; $n++ while $n < ${most} && syscall($ENV{CALL} + 0, ${values}) >= 0; print "$n $!\\n"; sleep $ENV{STAY}'`;
    const number = systemCall(call, process.arch);
    const filled = await inSession(
      `: >/tmp/filled; CALL=${number} STAY=300 ${open(100_000)} >>/tmp/filled & echo $! >/tmp/filler; until grep . /tmp/filled; do sleep 0.1; done`,
    );
    expect(filled).toMatch(/^\d{1,4} Too many open files\n$/u);
    const other = await openShell(neighbour.engineSocket);
    const opened = (await other.run(`CALL=${number} STAY=0 ${open(5)}`)).output;
    await other.close();
    await inSession('kill $(cat /tmp/filler)');
    expect(opened).toMatch(/^5 /u);
  });

  it('a process cannot leave the session’s control groups', async () => {
    const script = `sleep 4713 & disown; p=$!
      mkdir -p /tmp/c; for c in $(tail -n +2 /proc/cgroups | cut -f1) none,name=systemd; do
        mount -t cgroup -o $c c /tmp/c 2>/dev/null || continue; echo "mounted $c"
        echo $p >/tmp/c/cgroup.procs; ls -d /tmp/c/slipway-*; umount /tmp/c; done 2>/dev/null
      mount -t cgroup2 c /tmp/c 2>/dev/null && { echo mounted unified; echo $p >/tmp/c/cgroup.procs; ls -d /tmp/c/slipway-*; umount /tmp/c; } 2>/dev/null
      unshare -C sh -c "echo $p >/sys/fs/cgroup/cgroup.procs; echo $p >/sys/fs/cgroup/memory/cgroup.procs" 2>/dev/null; echo done`;
    const output = await inSession(script);
    expect(output).toMatch(/^(?:mounted [\w,=]+\n)+done\n$/u);
    const groups = readFileSync(`/proc/${await pidOf('sleep 4713')}/cgroup`, 'utf8')
      .trim()
      .split('\n');
    expect(groups.length).toBeGreaterThan(0);
    for (const group of groups)
      expect(group).toMatch(new RegExp(`/slipway-[0-9a-f]{8}/${session.id}(?:/|$)`, 'u'));
    await inSession('pkill -f "^sleep 4713$"');
  });
});

async function listening(server: Server, where: object): Promise<void> {
  await new Promise<void>((resolve) => server.listen(where, resolve));
}
