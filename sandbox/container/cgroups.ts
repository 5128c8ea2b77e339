import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Shell } from '../layer/shell.ts';
import { EngineError } from '../oci/errors.ts';

/** Zero or null means: no limit of its own, and what is set stays. */
export interface ContainerLimits {
  readonly memoryBytes: number;
  /** Memory and swap together; -1 for unlimited, 0 for Docker's default of twice the memory. */
  readonly memorySwapBytes: number;
  readonly memoryReservationBytes: number;
  /** How readily the kernel swaps, in percent; only version 1 of the control groups has it. */
  readonly memorySwappiness: number | null;
  /** Zero and less for as many as the session may have. */
  readonly processes: number | null;
  /** Microseconds of processor time in each period; less than zero for no limit. */
  readonly cpuQuotaUs: number;
  readonly cpuPeriodUs: number;
  /** Relative to others: 1024 is the usual weight. */
  readonly cpuShares: number;
}

/** One container's own control group, in either of the kernel's two layouts. */
export interface Cgroup {
  /** Files that a process writes `0` to in order to move in. */
  readonly entrances: readonly string[];
  /** Folders to show in the container at /sys/fs/cgroup: below it → in the session. */
  readonly folders: Readonly<Record<string, string>>;
  limit(limits: ContainerLimits): Promise<void>;
  /** Microseconds of real-time in each period, zero for the kernel's own. Throws dockerd's words when there are none to give. */
  limitRealTime(limits: { readonly periodUs: number; readonly runtimeUs: number }): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** How often the kernel ended a process here for memory. */
  memoryKills(): Promise<number>;
  /** Bytes in use, the page cache that can be dropped not counted. */
  memoryBytes(): Promise<number>;
  /** Idempotent; processes must be gone. */
  remove(): Promise<void>;
  /** Lives in the group, and starts programs there one by one, sooner than a process that has to move in. */
  readonly shell?: Shell;
}

export interface Cgroups {
  readonly version: 1 | 2;
  /** How many processors the session may keep busy, a part of one counted as a whole. */
  readonly processors: number;
  /** Whether real-time can be limited; the kernel may have none to give all the same. */
  readonly hasRealTime: boolean;
  create(name: string): Promise<Cgroup>;
}

const V1_CONTROLLERS = ['memory', 'pids', 'cpu', 'freezer'];

/** The session's own control groups below `root`; undefined when there is nothing that the engine could use. */
export async function openCgroups(root: string): Promise<Cgroups | undefined> {
  try {
    if (existsSync(join(root, 'cgroup.controllers'))) return await openV2(root);
    const controllers = V1_CONTROLLERS.filter((name) => existsSync(join(root, name, 'cgroup.procs')));
    return controllers.length === 0 ? undefined : await openV1(root, controllers);
  } catch {
    return undefined;
  }
}

/** A group with controllers for its children must not hold processes itself: the engine moves into one of its own. */
async function openV2(root: string): Promise<Cgroups> {
  await mkdir(join(root, 'engine'), { recursive: true });
  for (const pid of (await readFile(join(root, 'cgroup.procs'), 'utf8')).split('\n')) {
    if (pid !== '') await writeFile(join(root, 'engine', 'cgroup.procs'), pid).catch(() => undefined);
  }
  await mkdir(join(root, 'docker'), { recursive: true });
  const available = (await readFile(join(root, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  for (const name of ['memory', 'pids', 'cpu'].filter((each) => available.includes(each))) {
    await writeFile(join(root, 'cgroup.subtree_control'), `+${name}`);
    await writeFile(join(root, 'docker', 'cgroup.subtree_control'), `+${name}`);
  }
  return {
    version: 2,
    processors: processorsOf(...read(root, 'cpu.max').split(' ')),
    hasRealTime: false,
    create: async (name) => {
      const folder = join(root, 'docker', name);
      mkdirSync(folder, { recursive: true });
      return cgroupV2(folder);
    },
  };
}

function cgroupV2(folder: string): Cgroup {
  const set = (file: string, value: string | number) => writeFile(join(folder, file), String(value));
  return {
    entrances: [join(folder, 'cgroup.procs')],
    folders: { '': folder },
    limit: async (limits) => {
      await set('memory.max', limits.memoryBytes || 'max').catch(unlessUnset(limits.memoryBytes));
      await set('memory.swap.max', swapOnly(limits)).catch(() => undefined);
      await set('memory.low', limits.memoryReservationBytes).catch(
        unlessUnset(limits.memoryReservationBytes),
      );
      if (limits.processes !== null) await set('pids.max', processesOrMax(limits.processes));
      const quota = limits.cpuQuotaUs > 0 ? limits.cpuQuotaUs : 'max';
      await set('cpu.max', `${quota} ${limits.cpuPeriodUs || 100_000}`).catch(unlessUnset(limits.cpuQuotaUs));
      if (limits.cpuShares > 0) await set('cpu.weight', weightOf(limits.cpuShares));
    },
    limitRealTime: () => Promise.resolve(),
    freeze: () => set('cgroup.freeze', 1),
    thaw: () => set('cgroup.freeze', 0),
    memoryKills: async () => fieldOf(read(folder, 'memory.events'), 'oom_kill'),
    memoryBytes: async () =>
      Number(read(folder, 'memory.current')) - fieldOf(read(folder, 'memory.stat'), 'inactive_file'),
    remove: async () => removeTree(folder),
  };
}

async function openV1(root: string, controllers: readonly string[]): Promise<Cgroups> {
  for (const name of controllers) await mkdir(join(root, name, 'docker'), { recursive: true });
  const quota = read(join(root, 'cpu'), 'cpu.cfs_quota_us');
  return {
    version: 1,
    processors: processorsOf(quota, read(join(root, 'cpu'), 'cpu.cfs_period_us')),
    hasRealTime: existsSync(join(root, 'cpu', 'cpu.rt_runtime_us')),
    create: async (name) => {
      const folders = Object.fromEntries(controllers.map((each) => [each, join(root, each, 'docker', name)]));
      for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
      return cgroupV1(folders);
    },
  };
}

function cgroupV1(folders: Readonly<Record<string, string>>): Cgroup {
  const set = (controller: string, file: string, value: string | number) => {
    const folder = folders[controller];
    if (folder === undefined)
      throw new EngineError('unavailable', `this machine has no ${controller} cgroup`);
    return writeFile(join(folder, file), String(value));
  };
  const { memory } = folders;
  return {
    entrances: Object.values(folders).map((folder) => join(folder, 'cgroup.procs')),
    folders,
    limit: (limits) => limitV1(set, limits),
    limitRealTime: async ({ periodUs, runtimeUs }) => {
      const folder = folders.cpu;
      if (folder === undefined) return;
      if (periodUs !== 0) await writeOrTell(join(folder, 'cpu.rt_period_us'), periodUs);
      if (runtimeUs !== 0) await writeOrTell(join(folder, 'cpu.rt_runtime_us'), runtimeUs);
    },
    freeze: () => set('freezer', 'freezer.state', 'FROZEN'),
    thaw: () => set('freezer', 'freezer.state', 'THAWED'),
    memoryKills: async () => (memory ? fieldOf(read(memory, 'memory.oom_control'), 'oom_kill') : 0),
    memoryBytes: async () =>
      memory
        ? Number(read(memory, 'memory.usage_in_bytes')) -
          fieldOf(read(memory, 'memory.stat'), 'total_inactive_file')
        : 0,
    remove: async () => {
      for (const folder of Object.values(folders)) removeTree(folder);
    },
  };
}

/** What the kernel refuses is told as runc does. */
async function writeOrTell(file: string, value: number): Promise<void> {
  await writeFile(file, String(value)).catch((error: unknown) => {
    const [, why = 'input/output error'] = /^E[A-Z0-9]+: ([^,]+)/.exec((error as Error).message) ?? [];
    throw new EngineError('internal', `failed to write "${value}": write ${file}: ${why}`);
  });
}

type SetV1 = (controller: string, file: string, value: string | number) => Promise<void>;

async function limitV1(set: SetV1, limits: ContainerLimits): Promise<void> {
  if (limits.memoryBytes > 0) {
    const both = limits.memorySwapBytes === 0 ? limits.memoryBytes * 2 : limits.memorySwapBytes;
    // The pair must stay in order while one of them changes; which one to set first depends on the old values.
    await set('memory', 'memory.memsw.limit_in_bytes', both).catch(() => undefined);
    await set('memory', 'memory.limit_in_bytes', limits.memoryBytes);
    await set('memory', 'memory.memsw.limit_in_bytes', both).catch(() => undefined);
  }
  if (limits.memoryReservationBytes > 0) {
    await set('memory', 'memory.soft_limit_in_bytes', limits.memoryReservationBytes);
  }
  if (limits.memorySwappiness !== null) await set('memory', 'memory.swappiness', limits.memorySwappiness);
  if (limits.processes !== null) await set('pids', 'pids.max', processesOrMax(limits.processes));
  if (limits.cpuPeriodUs > 0) await set('cpu', 'cpu.cfs_period_us', limits.cpuPeriodUs);
  if (limits.cpuQuotaUs !== 0) await set('cpu', 'cpu.cfs_quota_us', Math.max(-1, limits.cpuQuotaUs));
  if (limits.cpuShares !== 0) await set('cpu', 'cpu.shares', checkedShares(limits.cpuShares));
}

const SHARES = { least: 2, most: 262_144 };

/** The kernel would take the nearest value that it can; dockerd refuses, and so must a group of version 1. */
function checkedShares(shares: number): number {
  if (shares >= SHARES.least && shares <= SHARES.most) return shares;
  // A negative number is a very large one to dockerd.
  const bound =
    shares === 1
      ? `minimum allowed cpu-shares is ${SHARES.least}`
      : `maximum allowed cpu-shares is ${SHARES.most}`;
  throw new EngineError('internal', `the ${bound}`);
}

function processesOrMax(wish: number): number | 'max' {
  return wish > 0 ? wish : 'max';
}

/** A quota that is no positive number means: all there are. */
function processorsOf(quota = 'max', period = ''): number {
  const share = Math.ceil(Number(quota) / Number(period));
  return share >= 1 ? Math.min(share, availableParallelism()) : availableParallelism();
}

/** A limit that nobody asked for may be missing on this machine. */
function unlessUnset(value: number | null): (error: unknown) => void {
  return (error) => {
    if (value !== null && value > 0) throw error;
  };
}

function swapOnly(limits: ContainerLimits): number | 'max' {
  if (limits.memoryBytes === 0 || limits.memorySwapBytes < 0) return 'max';
  return limits.memorySwapBytes === 0
    ? limits.memoryBytes
    : Math.max(0, limits.memorySwapBytes - limits.memoryBytes);
}

/** 2…262144 shares onto 1…10000, as the OCI runtimes convert them. */
function weightOf(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262142);
}

function read(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return '0';
  }
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** A program in a privileged container may have made groups of its own. */
function removeTree(folder: string): void {
  try {
    // A group is full of files that are not removed one by one.
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeTree(join(folder, entry.name));
    rmdirSync(folder);
  } catch {
    // It has gone, or somebody still uses it.
  }
}
