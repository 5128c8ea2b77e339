import { access, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectCgroups } from './cgroup/detect.ts';
import { attempt, type CommandResult } from './run.ts';
import { FIRST_UID, RANGE_SIZE } from './uids.ts';

/** One thing that sessions need of the host. */
export interface HostFact {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What can be done about it; empty when nothing needs to be. */
  readonly wayOut: string;
}

/** The oldest crun that is known to map the ids of bind mounts. */
const LEAST_CRUN = [1, 8];
/** The oldest kernel with overlay mounts for users (5.11), id-mapped mounts (5.12) and those of overlay's layers (5.19). */
const LEAST_KERNEL = [5, 19];

const LEAST_MEMORY_BYTES = 1024 ** 3;

/**
 * What this host can and cannot do. Tries are made in `folder`, which should be on the file system that sessions will be on,
 * or else in a temporary one; nothing of them outlives the call.
 */
export async function inspectHost(folder = tmpdir()): Promise<HostFact[]> {
  const root = process.getuid?.() === 0;
  return [
    fact(
      'root',
      root,
      root ? 'this is root' : `this is user ${process.getuid?.() ?? '?'}`,
      'Run it as root, for instance with sudo.',
    ),
    architecture(),
    await kernel(),
    await memory(),
    await crun(),
    await tools(),
    await seccomp(),
    await cgroups(),
    await userNamespaces(),
    ...(await probes(root, folder)),
  ];
}

const fact = (name: string, ok: boolean, detail: string, wayOut: string): HostFact => ({
  name,
  ok,
  detail,
  wayOut: ok ? '' : wayOut,
});

function architecture(): HostFact {
  const ok = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  return fact(
    'platform',
    ok,
    `${process.platform} ${process.arch}`,
    'Use a Linux machine (x64 or arm64), a virtual one for instance.',
  );
}

async function kernel(): Promise<HostFact> {
  const release = (await readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => '')).trim();
  return fact(
    'kernel',
    atLeast(release, LEAST_KERNEL),
    release || 'unknown',
    `Use a kernel from ${LEAST_KERNEL.join('.')} on.`,
  );
}

async function memory(): Promise<HostFact> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const free = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  return fact(
    'memory',
    free >= LEAST_MEMORY_BYTES,
    `${gib(free)} available`,
    'Free some memory: a session may use 512 MiB, and the server and its tools need some too.',
  );
}

async function crun(): Promise<HostFact> {
  const { stdout } = await attemptQuietly('crun', ['--version']);
  const version = /crun version (\S+)/.exec(stdout)?.[1];
  const wayOut = `Install crun ${LEAST_CRUN.join('.')} or newer: apt-get install crun`;
  return fact(
    'crun',
    version !== undefined && atLeast(version, LEAST_CRUN),
    version ?? 'not installed',
    wayOut,
  );
}

const TOOLS = [
  'mount',
  'umount',
  'losetup',
  'mkfs.ext4',
  'e2fsck',
  'cp',
  'flock',
  'setpriv',
  'unshare',
  'sh',
  'dmesg',
];

async function tools(): Promise<HostFact> {
  const found = await Promise.all(TOOLS.map((tool) => inPath(tool)));
  const missing = TOOLS.filter((_, index) => !found[index]);
  const detail = missing.length === 0 ? 'all there' : `missing: ${missing.join(', ')}`;
  return fact(
    'system tools',
    missing.length === 0,
    detail,
    'Install them: apt-get install util-linux mount e2fsprogs coreutils',
  );
}

async function inPath(tool: string): Promise<boolean> {
  const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, tool)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

async function seccomp(): Promise<HostFact> {
  const actions = await readFile('/proc/sys/kernel/seccomp/actions_avail', 'utf8').catch(() => '');
  const ok = actions.includes('errno');
  return fact(
    'seccomp',
    ok,
    ok ? 'filters work' : 'not in this kernel',
    'Use a kernel with CONFIG_SECCOMP_FILTER.',
  );
}

async function cgroups(): Promise<HostFact> {
  const found = await detectCgroups().catch(() => ({ kind: 'none' }) as const);
  const wayOut =
    'Mount the control groups with memory and pids at /sys/fs/cgroup; in a container, run it privileged.';
  if (found.kind === 'none') return fact('control groups', false, 'none mounted', wayOut);
  const controllers =
    found.kind === 'v2'
      ? found.controllers
      : found.hierarchies.flatMap((each) => each.controllers.split(','));
  const missing = ['memory', 'pids', 'cpu'].filter((name) => !controllers.includes(name));
  const detail = `version ${found.kind === 'v2' ? '2' : '1'}${missing.length > 0 ? `, without ${missing.join(', ')}` : ''}`;
  return fact('control groups', missing.length === 0, detail, wayOut);
}

async function userNamespaces(): Promise<HostFact> {
  const most = Number(await readFile('/proc/sys/user/max_user_namespaces', 'utf8').catch(() => '0'));
  return fact(
    'user namespaces',
    most > 0,
    most > 0 ? `up to ${most}` : 'switched off',
    'Switch them on: sysctl -w user.max_user_namespaces=15000',
  );
}

/** What can only be told by trying; each try is made in a mount namespace that ends with it. */
async function probes(root: boolean, parent: string): Promise<HostFact[]> {
  if (!root)
    return ['loop devices', 'id-mapped mounts', 'overlay for users'].map((name) =>
      fact(name, false, 'only root can tell', 'Run it as root.'),
    );
  const folder = await mkdtemp(join(parent, 'slipway-doctor-')).catch(() =>
    mkdtemp(join(tmpdir(), 'slipway-doctor-')),
  );
  try {
    return [await loopDevices(), await overlay(folder), await idMapped(folder)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function loopDevices(): Promise<HostFact> {
  const { code, stdout, stderr } = await attemptQuietly('losetup', ['--find']);
  const wayOut =
    'Load the module (modprobe loop); in a container, give it /dev/loop-control and the loop devices.';
  return fact('loop devices', code === 0, code === 0 ? `next free: ${stdout.trim()}` : stderr.trim(), wayOut);
}

/** An overlay mount by the root of a user namespace, with a file that is removed in it. */
const OVERLAY_PROBE = `cd "$1" && mkdir lower upper work merged && touch lower/file
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work,userxattr merged && rm merged/file && [ -c upper/file ]`;

async function overlay(folder: string): Promise<HostFact> {
  const tmpfs = [
    '--mount',
    'sh',
    '-c',
    'mount -t tmpfs tmpfs "$0" && exec unshare --user --map-root-user --mount sh -c "$1" sh "$0"',
  ];
  const { code, stderr } = await attemptQuietly('unshare', [...tmpfs, folder, OVERLAY_PROBE]);
  return fact(
    'overlay for users',
    code === 0,
    code === 0 ? 'works' : stderr.trim(),
    `Use a kernel from ${LEAST_KERNEL.join('.')} on, with the module overlay.`,
  );
}

/** crun in its "hybrid" trouble is helped as the supervisor does it. */
const ID_MAPPED_PROBE =
  'cd "$0" && umount -l /sys/fs/cgroup/unified 2>/dev/null; ' +
  'exec crun --cgroup-manager=disabled --root "$PWD/state" run "doctor-$$"';

/** crun with one id-mapped mount: the smallest form of a session's first stage. */
async function idMapped(folder: string): Promise<HostFact> {
  const name = 'id-mapped mounts';
  for (const part of ['root/bin', 'root/dev', 'root/shown', 'shown'])
    await mkdir(join(folder, part), { recursive: true });
  try {
    await copyFile('/bin/busybox', join(folder, 'root/bin/busybox'));
  } catch {
    return fact(name, false, 'cannot be tried without busybox', 'Install it: apt-get install busybox-static');
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify(idMappedProbe(folder)));
  const { code, stderr } = await attemptQuietly('unshare', ['--mount', 'sh', '-c', ID_MAPPED_PROBE, folder]);
  const wayOut = 'Use a kernel from 5.19 on, and keep the data folder on ext4, xfs or btrfs.';
  return fact(name, code === 0, code === 0 ? 'work' : stderr.trim(), wayOut);
}

function idMappedProbe(folder: string): object {
  const mappings = [{ containerID: 0, hostID: FIRST_UID, size: RANGE_SIZE }];
  return {
    ociVersion: '1.0.2',
    process: { user: { uid: 0, gid: 0 }, cwd: '/', args: ['/bin/busybox', 'true'] },
    root: { path: 'root' },
    mounts: [
      {
        destination: '/shown',
        type: 'bind',
        source: join(folder, 'shown'),
        options: ['bind', 'ro', 'idmap'],
        uidMappings: mappings,
        gidMappings: mappings,
      },
    ],
    linux: { namespaces: [{ type: 'mount' }] },
  };
}

/** A command that may not even be there. */
const attemptQuietly = (command: string, args: readonly string[]): Promise<CommandResult> =>
  attempt(command, args).catch((error: unknown) => ({
    code: 127,
    stdout: '',
    stderr: error instanceof Error ? error.message : String(error),
  }));

/** Compares the first numbers of a version. */
function atLeast(version: string, least: readonly number[]): boolean {
  const numbers = version.split(/[.-]/).map(Number);
  for (const [index, wanted] of least.entries()) {
    const found = numbers[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
