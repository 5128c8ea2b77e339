import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { supervisorConformance } from '../sandbox/host/conformance.ts';
import { readRecord } from '../sandbox/host/record.ts';
import { attempt } from '../sandbox/host/run.ts';
import type { SpawnedSupervisor } from '../sandbox/host/spawned.ts';
import type { SessionEvent, SessionInfo, Supervisor } from '../sandbox/host/supervisor.ts';
import { openSmallDisk } from './faults/disk.ts';
import { openHost, type Host } from './host/supervisors.ts';
import { NO_TRACES, tracesOf } from './host/traces.ts';
import { settings } from './settings.ts';
import { openShell } from './shell.ts';

const MIB = 1024 ** 2;

let host: Host;
let running: SpawnedSupervisor | undefined;

beforeAll(async () => {
  host = await openHost();
});

afterEach(async () => {
  if (running) await destroyAll(running.supervisor);
  await running?.close();
  running = undefined;
});

afterAll(async () => {
  await host.remove();
});

async function start(options?: Parameters<Host['start']>[0]): Promise<Supervisor> {
  running = await host.start(options);
  return running.supervisor;
}

/** A supervisor whose folder is on a disk of 512 MiB; all of it is removed after the test. */
async function startOnSmallDisk(options?: Parameters<Host['start']>[0]) {
  const small = await openSmallDisk(512);
  onTestFinished(() => small.close());
  const own = await openHost(small.folder);
  onTestFinished(() => own.remove());
  const spawned = await own.start(options);
  onTestFinished(() => spawned.close());
  return { small, dataDir: own.dataDir, supervisor: spawned.supervisor };
}

/** Runs one script in a session, as its root. */
async function inSession({ engineSocket }: SessionInfo, script: string): Promise<string> {
  const shell = await openShell(engineSocket);
  try {
    return (await shell.run(script)).output.trim();
  } finally {
    await shell.close();
  }
}

async function destroyAll(supervisor: Supervisor): Promise<void> {
  await Promise.all((await supervisor.list()).map(({ id }) => supervisor.destroy(id)));
}

/** The first event of a kind that comes after the call. */
function next<T extends SessionEvent['type']>(
  supervisor: Supervisor,
  type: T,
  fits: (event: Extract<SessionEvent, { type: T }>) => boolean = () => true,
): Promise<Extract<SessionEvent, { type: T }>> {
  return new Promise((resolve) => {
    const unwatch = supervisor.watch((event) => {
      const found = event as Extract<SessionEvent, { type: T }>;
      if (event.type !== type || !fits(found)) return;
      unwatch();
      resolve(found);
    });
  });
}

const failure = (supervisor: Supervisor, { id }: SessionInfo) =>
  next(supervisor, 'state', ({ session }) => session.id === id && session.state === 'failed');

supervisorConformance('the supervisor, over the IPC of its process', async () => {
  const own = await openHost();
  const spawned = await own.start();
  return {
    supervisor: spawned.supervisor,
    close: async () => {
      await spawned.close();
      await own.remove();
    },
  };
});

describe('a spare session', () => {
  const folders = async (): Promise<string[]> => readdir(path.join(host.dataDir, 'sessions'));

  it('runs before anybody asks, is nobody’s until then, and is followed by another', async () => {
    const supervisor = await start({ spares: 1 });
    const states: string[] = [];
    supervisor.watch((event) => {
      if (event.type === 'state') states.push(`${event.session.id} ${event.session.state}`);
    });
    // Whoever asks too early gets one that is booted for them.
    await expect
      .poll(
        async () => {
          const there = await folders();
          const asked = Date.now();
          const made = await supervisor.create();
          try {
            if (!there.includes(made.id)) return 'booted when asked';
            expect(Date.parse(made.createdAt)).toBeGreaterThanOrEqual(asked);
            expect(states.filter((state) => state.startsWith(made.id))).toEqual([`${made.id} running`]);
            expect(await supervisor.list()).toMatchObject([{ id: made.id }]);
            return await inSession(
              made,
              'docker pull -q busybox >/dev/null; docker run --rm busybox echo alive',
            );
          } finally {
            await supervisor.destroy(made.id);
          }
        },
        { timeout: 60_000, interval: 1500 },
      )
      .toBe('alive');
    await expect.poll(folders, { timeout: 60_000 }).toHaveLength(1);
  });

  it('is not taken for limits of one’s own', async () => {
    const supervisor = await start({ spares: 1 });
    await expect.poll(folders, { timeout: 60_000 }).toHaveLength(1);
    const [spare] = await folders();
    const made = await supervisor.create({ limits: { processes: 100 } });
    expect(made.id).not.toBe(spare);
    await supervisor.destroy(made.id);
  });

  it('is gone with its supervisor, killed or not', async () => {
    await start({ spares: 1 });
    await expect.poll(folders, { timeout: 60_000 }).toHaveLength(1);
    await running?.kill();
    const supervisor = await start();
    expect(await supervisor.list()).toEqual([]);
    expect(await folders()).toEqual([]);
    await running?.close();
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
    await start({ spares: 1 });
    await expect.poll(folders, { timeout: 60_000 }).toHaveLength(1);
    await running?.close();
    running = undefined;
    expect(await folders()).toEqual([]);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });
});

describe('a session’s disk', () => {
  it('outlives stop and resume, and not a reset', async () => {
    const supervisor = await start();
    const made = await supervisor.create();
    await inSession(
      made,
      'echo mine > /root/note; mkdir -p /srv/x; rm /etc/issue; touch /var/lib/docker/state',
    );
    await supervisor.stop(made.id);
    await supervisor.resume(made.id);
    expect(
      await inSession(made, 'cat /root/note; ls -1d /srv/x /var/lib/docker/state; ls /etc/issue 2>&1'),
    ).toMatch(/^mine\n\/srv\/x\n\/var\/lib\/docker\/state\nls: cannot access '\/etc\/issue'/);
    await supervisor.reset(made.id);
    expect(await inSession(made, 'ls /root/note /srv/x 2>&1; ls /etc/issue')).toMatch(
      /No such file[^]*No such file[^]*\/etc\/issue/,
    );
    await supervisor.destroy(made.id);
  });

  it('outlives an orderly restart of the supervisor', async () => {
    const made = await (await start()).create({ limits: { processes: 333 } });
    await inSession(made, 'echo kept > /root/note');
    await running?.close();
    const supervisor = await start();
    expect(await supervisor.get(made.id)).toMatchObject({
      state: 'stopped',
      end: { kind: 'restart' },
      limits: { processes: 333 },
    });
    const resumed = await supervisor.resume(made.id);
    expect(await inSession(resumed, 'cat /root/note')).toBe('kept');
    await supervisor.destroy(made.id);
  });

  it('outlives the supervisor’s sudden death, and nothing else does', async () => {
    const made = await (await start()).create();
    await inSession(made, 'echo kept > /root/note; sync /root/note');
    await running?.kill();
    const left = tracesOf(host.dataDir);
    expect({ ...left, cgroups: 0, files: 0 }).toEqual(NO_TRACES);

    const supervisor = await start();
    expect(await supervisor.get(made.id)).toMatchObject({ state: 'stopped', end: { kind: 'restart' } });
    expect(tracesOf(host.dataDir)).toEqual({ ...NO_TRACES, files: 1 });
    expect(await inSession(await supervisor.resume(made.id), 'cat /root/note')).toBe('kept');
    await supervisor.destroy(made.id);
  });

  it('ends the session when the program above the supervisor is killed', async () => {
    const made = await (await start()).create();
    const exited = new Promise((resolve) => running?.process.on('exit', resolve));
    running?.process.kill('SIGKILL');
    await exited;
    await expect.poll(() => tracesOf(host.dataDir).processes, { timeout: 60_000 }).toBe(0);
    await expect.poll(() => tracesOf(host.dataDir).loops, { timeout: 60_000 }).toBe(0);
    await (await start()).destroy(made.id);
  });

  it('has the size it was given, all of it for the session', async () => {
    const supervisor = await start();
    const made = await supervisor.create({ limits: { diskBytes: 128 * MIB } });
    const other = await supervisor.create();
    const full = await inSession(made, 'dd if=/dev/zero of=/root/big bs=1M 2>&1; stat -c %s /root/big');
    expect(full).toMatch(/No space left on device/);
    expect(Number(full.split('\n').at(-1))).toBeGreaterThan(96 * MIB);
    expect(
      await inSession(other, 'dd if=/dev/zero of=/root/some bs=1M count=8 2>/dev/null && echo fine'),
    ).toBe('fine');
    expect((await stat(path.join(host.dataDir, 'sessions', made.id, 'disk.img'))).size).toBe(128 * MIB);
    expect(await inSession(made, 'rm /root/big && sync && echo again > /root/note && cat /root/note')).toBe(
      'again',
    );
  });
});

describe('a host whose disk is full', () => {
  it('ends the sessions that cannot write any more, and has them as they were when there is room', async () => {
    const { small, supervisor } = await startOnSmallDisk({ reserveDiskBytes: 32 * MIB });
    const made = await supervisor.create({ limits: { diskBytes: 128 * MIB } });
    await inSession(made, 'echo kept > /root/note; sync /root/note');
    const makeRoom = await small.fill();
    await expect(supervisor.snapshot(made.id)).rejects.toMatchObject({
      kind: 'full',
      message: expect.stringMatching(/no room for a copy/) as string,
    });
    const failed = failure(supervisor, made);
    inSession(made, 'head -c 30m /dev/urandom > /root/large; sync /root/large').catch(() => undefined);
    expect((await failed).session.end).toMatchObject({ kind: 'disk' });
    await expect(supervisor.resume(made.id)).rejects.toMatchObject({ kind: 'full' });
    await makeRoom();
    expect(await inSession(await supervisor.resume(made.id), 'touch /root/again && cat /root/note')).toBe(
      'kept',
    );
  });
});

describe('a session’s snapshots', () => {
  const BREAK = 'docker rm -f steady going; docker system prune -af; rm -rf /root /etc /usr/bin/docker';
  const LOOK =
    'cat /root/note; docker ps -a --format "{{.Names}} {{.State}}" | sort; docker run --rm made cat /file';

  it('bring back all that there was, and what ran runs', async () => {
    const supervisor = await start();
    const made = await supervisor.create();
    await inSession(
      made,
      `echo kept > /root/note; docker pull -q busybox; docker run -d --rm --name going busybox sleep 9999
       docker run --name steady busybox sh -c 'echo layer > /file'; docker commit steady made`,
    );
    const look = await inSession(made, LOOK);
    expect(look).toBe('kept\ngoing running\nsteady exited\nlayer');
    const [taken] = (await supervisor.snapshot(made.id)).snapshots;
    await inSession(made, BREAK);
    const back = await supervisor.restore(made.id, taken?.id ?? '');
    expect(await inSession(back, LOOK)).toBe(look);
    await supervisor.destroy(made.id);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });

  it('are as many and as large as they may be, and never more than the host has room for', async () => {
    const supervisor = await start({ snapshots: { most: 2, bytes: 64 * MIB } });
    const made = await supervisor.create();
    const folder = path.join(host.dataDir, 'sessions', made.id, 'snapshots');
    for (let taken = 0; taken < 3; taken++) await supervisor.snapshot(made.id);
    const { snapshots } = await supervisor.get(made.id);
    expect((await readdir(folder)).toSorted()).toEqual(snapshots.map(({ id }) => `${id}.img`).toSorted());
    expect(snapshots).toHaveLength(2);
    await inSession(made, 'head -c 80m /dev/urandom > /root/large');
    await expect(supervisor.snapshot(made.id)).rejects.toMatchObject({
      kind: 'full',
      message: expect.stringMatching(/64 MiB may be kept/) as string,
    });
    expect(await supervisor.get(made.id)).toMatchObject({ state: 'running', snapshots });
    await supervisor.destroy(made.id);
  });

  it('and a disk that was brought back are whole after a cut of the host’s power', async () => {
    const { small, dataDir, supervisor } = await startOnSmallDisk();
    const { id } = await supervisor.create({ limits: { diskBytes: 128 * MIB } });
    const [taken] = (await supervisor.snapshot(id)).snapshots;
    await supervisor.restore(id, taken?.id ?? '');
    await small.commitJournal();
    const copy = await small.copy();
    onTestFinished(() => copy.close());
    const folder = path.join(copy.folder, path.basename(dataDir), 'sessions', id);
    const disks = ['disk.img', `snapshots/${taken?.id ?? ''}.img`];
    // 1: what the journal held has been carried out.
    for (const disk of disks)
      expect((await attempt('e2fsck', ['-p', '-f', path.join(folder, disk)])).code).toBeLessThanOrEqual(1);
    expect(await readRecord(path.join(folder, 'session.json'))).toMatchObject({ id, snapshots: [taken] });
  });

  const kills = settings.long ? 40 : 5;
  it(`leave the old state or the new one, whole, when the supervisor is killed: ${kills} times`, async () => {
    let supervisor = await start();
    const { id } = await supervisor.create();
    const read = async (session: SessionInfo) =>
      inSession(session, 'sha256sum -c --quiet /root/sums && cat /root/state');
    const write = (state: string) =>
      `echo ${state} > /root/state; head -c 8m /dev/urandom > /root/data; sha256sum /root/data > /root/sums`;
    await inSession(await supervisor.get(id), write('old'));
    const [old] = (await supervisor.snapshot(id)).snapshots;
    for (let kill = 0; kill < kills; kill++) {
      await inSession(await supervisor.get(id), `${write(`new${kill}`)}; sync`);
      const restoring = supervisor.restore(id, old?.id ?? '').catch(() => undefined);
      const keeping = supervisor.snapshot(id).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 600));
      await running?.kill();
      await Promise.all([restoring, keeping]);
      supervisor = await start();
      const found = await supervisor.get(id);
      expect(await readdir(path.join(host.dataDir, 'sessions', id))).toEqual(
        expect.not.arrayContaining(['disk.img.new']),
      );
      expect(await read(await supervisor.resume(id))).toMatch(new RegExp(`^(?:old|new${kill})$`, 'u'));
      expect(found.snapshots[0]).toEqual(old);
    }
    const back = await supervisor.restore(id, old?.id ?? '');
    expect(await read(back)).toBe('old');
  });
});

describe('sessions', () => {
  const rounds = settings.long ? 50 : 10;
  it(`leave nothing behind: ${rounds} of them`, async () => {
    const supervisor = await start();
    await supervisor.destroy((await supervisor.create()).id);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
    for (let done = 0; done < rounds; done += 5) {
      const made = await Promise.all(Array.from({ length: 5 }, () => supervisor.create()));
      expect(tracesOf(host.dataDir)).toMatchObject({ loops: 5, files: 5 });
      const litter = 'mount -t tmpfs x /mnt; sleep 1000 & disown; mkdir -p /sys/fs/cgroup/pids/a/b';
      await Promise.all(made.slice(0, 1).map((session) => inSession(session, litter)));
      await Promise.all(made.map(({ id }) => supervisor.destroy(id)));
      expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
    }
  });

  it('start ten at once', async () => {
    const supervisor = await start();
    const made = await Promise.all(Array.from({ length: 10 }, () => supervisor.create()));
    expect(new Set(made.map(({ id }) => id)).size).toBe(10);
    const uids = await Promise.all(made.map((session) => inSession(session, 'cat /proc/self/uid_map')));
    expect(new Set(uids.map((line) => line.split(/\s+/)[1])).size).toBe(10);
    await destroyAll(supervisor);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });

  it('are refused in a sentence when there is no place for them', async () => {
    const few = await start({ maxSessions: 1 });
    await few.create();
    await expect(few.create()).rejects.toMatchObject({
      kind: 'full',
      message: expect.stringMatching(/1 sessions at most/) as string,
    });
    await destroyAll(few);
    await running?.close();
    const small = await start({ reserveDiskBytes: 1024 ** 5 });
    await expect(small.create()).rejects.toMatchObject({
      kind: 'full',
      message: expect.stringMatching(/disk space/) as string,
    });
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });

  it('are all of one supervisor: a second one on the folder is refused', async () => {
    await start();
    await expect(host.start()).rejects.toThrow(/Another Slipway runs/);
  });

  it('are shown folders of the host, writable or not', async () => {
    const [shown, fixed] = ['shown', 'fixed'].map((name) => path.join(host.dataDir, name)) as [
      string,
      string,
    ];
    for (const folder of [shown, fixed]) await mkdir(folder);
    await writeFile(path.join(fixed, 'note'), 'from the host');
    const supervisor = await start();
    const made = await supervisor.create({
      mounts: [
        { source: shown, target: '/data/shown', readOnly: false },
        { source: fixed, target: '/fixed', readOnly: true },
      ],
    });
    const attempts = [
      'cat /fixed/note; echo',
      'echo from the session > /data/shown/note',
      '(mount -o remount,bind,rw /fixed; echo x > /fixed/x) 2>&1',
      '(mkdir -p /mnt/b; mount --bind /fixed /mnt/b; mount -o remount,bind,rw /mnt/b; echo x > /mnt/b/x) 2>&1',
    ];
    const output = await inSession(made, attempts.join('\n'));
    expect(output).toMatch(/^from the host\n/);
    expect(output.match(/Read-only file system/g)?.length).toBe(2);
    expect(await readFile(path.join(shown, 'note'), 'utf8')).toBe('from the session\n');
    expect((await stat(path.join(shown, 'note'))).uid).toBe(0);
    await supervisor.destroy(made.id);
    for (const wrong of [
      { source: '/no/such' },
      { target: '/proc' },
      { target: 'x' },
      { target: '/a/../run/x' },
    ]) {
      const mount = { source: shown, target: '/x', readOnly: true, ...wrong };
      await expect(supervisor.create({ mounts: [mount] })).rejects.toMatchObject({ kind: 'invalid' });
    }
  });
});

describe('a session that does harm', () => {
  it('with memory is told so, and goes on', async () => {
    const supervisor = await start({ limits: { memoryBytes: 128 * MIB } });
    const [made, other] = await Promise.all([supervisor.create(), supervisor.create()]);
    const told = next(supervisor, 'memory-kill', ({ id }) => id === made.id);
    const hog = 'echo 500 > /proc/self/oom_score_adj; head -c 400m /dev/zero | tail | wc -c; echo survived';
    expect(await inSession(made, hog)).toMatch(/survived/);
    expect((await told).message).toMatch(/tail/);
    expect((await supervisor.get(made.id)).state).toBe('running');
    expect(await inSession(other, 'echo fine')).toBe('fine');
  });

  it('and loses its engine to memory says why, and can be resumed', async () => {
    const supervisor = await start({ limits: { memoryBytes: 96 * MIB } });
    const made = await supervisor.create();
    const failed = failure(supervisor, made);
    // The kernel takes whom it likes best: everybody but the engine is made unattractive.
    const shell = await openShell(made.engineSocket);
    const hog =
      'for p in $(pgrep node); do echo 1000 > /proc/$p/oom_score_adj; done; head -c 400m /dev/zero | tail > /dev/null';
    shell.run(hog).catch(() => undefined);
    expect((await failed).session.end).toMatchObject({ kind: 'memory' });
    expect(tracesOf(host.dataDir)).toEqual({ ...NO_TRACES, files: 1 });
    expect(await supervisor.resume(made.id)).toMatchObject({ state: 'running' });
  });

  it('to its engine says why, and can be resumed', async () => {
    const supervisor = await start();
    const made = await supervisor.create();
    const failed = failure(supervisor, made);
    const shell = await openShell(made.engineSocket);
    shell.run('echo kept > /root/note; sync; pkill -KILL node').catch(() => undefined);
    expect((await failed).session.end).toMatchObject({
      kind: 'engine-exit',
      message: expect.stringMatching(/status 137/) as string,
    });
    expect(await inSession(await supervisor.resume(made.id), 'cat /root/note')).toBe('kept');
  });

  it('with processes cannot have more than its own', async () => {
    const supervisor = await start({ limits: { processes: 100 } });
    const [made, other] = await Promise.all([supervisor.create(), supervisor.create()]);
    const bomb = await openShell(made.engineSocket);
    bomb.run('b() { b | b & }; b').catch(() => undefined);
    await expect.poll(() => tracesOf(host.dataDir).processes, { timeout: 30_000 }).toBeGreaterThan(80);
    expect(await inSession(other, 'echo fine')).toBe('fine');
    expect(tracesOf(host.dataDir).processes).toBeLessThan(100 + 60);
    await supervisor.destroy(made.id);
    expect(await inSession(other, 'echo still fine')).toBe('still fine');
    await destroyAll(supervisor);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });

  it('by freezing its processes ends all the same', async () => {
    const supervisor = await start();
    const made = await supervisor.create();
    const script = `cd /sys/fs/cgroup; if test -d freezer; then cd freezer; fi
mkdir -p held/deeper; sleep 4712 & echo $! > held/deeper/cgroup.procs
if test -e held/freezer.state; then echo FROZEN > held/freezer.state; else echo 1 > held/cgroup.freeze; fi
for i in $(seq 100); do grep -qsE '^FROZEN$|^frozen 1$' held/freezer.state held/cgroup.events && break; sleep 0.1; done
cat held/freezer.state held/cgroup.events 2>/dev/null; disown`;
    expect(await inSession(made, script)).toMatch(/^FROZEN$|^frozen 1$/m);
    await supervisor.destroy(made.id);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });

  it('by naming and nesting its control groups as no path can leaves none', async () => {
    const supervisor = await start();
    const made = await supervisor.create();
    const script = `cd /sys/fs/cgroup; if test -d memory; then cd memory; fi
mkdir $'\\xff\\xfe'; name=$(printf 'n%.0s' $(seq 200)); for i in $(seq 30); do mkdir $name && cd $name || exit; done 2>/dev/null; echo made $i`;
    expect(await inSession(made, script)).toBe('made 30');
    await supervisor.destroy(made.id);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });

  it('cannot raise its limits', async () => {
    const supervisor = await start();
    const made = await supervisor.create();
    const script = `cd /sys/fs/cgroup
for f in $(find . -maxdepth 2 -name memory.limit_in_bytes -o -name memory.max -o -name pids.max -o -name cpu.max -o -name cpu.cfs_quota_us); do
  echo 99999999999 > $f && echo raised $f
done 2>/dev/null
umount /sys/fs/cgroup 2>/dev/null; mkdir -p /tmp/c && mount -t cgroup -o memory c /tmp/c && ls -d /tmp/c/slipway* /tmp/c/process_api 2>/dev/null; echo done`;
    expect(await inSession(made, script)).toBe('done');
  });
});

describe('on a host with control groups of version 2', () => {
  /** A machine with version 1 has version 2 as well, only without memory and pids: enough to prove the way groups nest. */
  const onlyV2 =
    '{ umount -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup; } || exit 1; exec "$@"';

  it('a session has a group of its own, and may make others in it', async () => {
    const supervisor = await start({ within: ['unshare', '--mount', 'sh', '-c', onlyV2, 'sh'] });
    const made = await supervisor.create();
    const script = `awk -F: '$1 == 0 { print $3 }' /proc/self/cgroup; cd /sys/fs/cgroup
mkdir tried && echo $$ > tried/cgroup.procs && awk -F: '$1 == 0 { print $3 }' /proc/self/cgroup
cat cgroup.procs; ls -d slipway* 2>/dev/null; echo done`;
    expect(await inSession(made, script)).toMatch(/^\/\S+\n\/tried\ndone$/);
    expect(tracesOf(host.dataDir).processes).toBeGreaterThan(2);
    await supervisor.destroy(made.id);
    expect(tracesOf(host.dataDir)).toEqual(NO_TRACES);
  });
});
