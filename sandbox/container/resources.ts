import { EngineError } from '../oci/errors.ts';
import type { HostConfig } from './model.ts';

const MIN_MEMORY_BYTES = 6 * 1024 ** 2;

/** What there is to share out. */
export interface Machine {
  /** Whole processors that the session may use. */
  readonly processors: number;
  /** Of the session's control groups; undefined when it has none. */
  readonly cgroupVersion?: 1 | 2 | undefined;
  /** The kernel shares out real-time, too. */
  readonly hasRealTime?: boolean | undefined;
}

type Resources = Partial<HostConfig>;

/**
 * Refuses limits that make no sense or that this machine has not got, in dockerd's words and order; for `docker create`
 * and, with `update`, for `docker update`. Returns warnings, and what is to be left out of the configuration because
 * it cannot be limited here.
 */
export function checkResources(
  wishes: Resources,
  machine: Machine,
  { update = false } = {},
): { warnings: string[]; without: Resources } {
  for (const check of CHECKS) {
    const reason = check(wishes, machine, update);
    if (reason !== undefined) throw new EngineError('invalid', reason);
  }
  const found = DISCARDED.filter(({ applies }) => applies(wishes, machine));
  return {
    warnings: [...found.map(({ warning }) => `${warning} discarded.`), ...oomWarning(wishes)],
    without: Object.assign({}, ...found.map(({ without }) => without)) as Resources,
  };
}

type Check = (wishes: Resources, machine: Machine, update: boolean) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ CpuRealtimePeriod: period = 0, CpuRealtimeRuntime: runtime = 0 }, { hasRealTime = false }, update) => {
    if (update || (period === 0 && runtime === 0)) return undefined;
    if (!hasRealTime) return 'Your kernel does not support CPU real-time scheduler';
    return period !== 0 && runtime > period
      ? 'cpu real-time runtime cannot be higher than cpu real-time period'
      : undefined;
  },
  ({ Memory = 0 }) =>
    Memory !== 0 && Memory < MIN_MEMORY_BYTES ? 'Minimum memory limit allowed is 6MB' : undefined,
  ({ Memory = 0, MemorySwap = 0 }) =>
    Memory > 0 && MemorySwap > 0 && MemorySwap < Memory
      ? 'Minimum memoryswap limit should be larger than memory limit, see usage'
      : undefined,
  ({ Memory = 0, MemorySwap = 0 }, _, update) =>
    Memory === 0 && MemorySwap > 0 && !update
      ? 'You should always set the Memory limit when using Memoryswap limit, see usage'
      : undefined,
  ({ MemorySwappiness: wish }) =>
    typeof wish === 'number' && wish !== -1 && (wish < 0 || wish > 100)
      ? `Invalid value: ${wish}, valid memory swappiness range is 0-100`
      : undefined,
  ({ MemoryReservation: wish = 0 }) =>
    wish > 0 && wish < MIN_MEMORY_BYTES ? 'Minimum memory reservation allowed is 6MB' : undefined,
  ({ Memory = 0, MemoryReservation = 0 }) =>
    Memory > 0 && Memory < MemoryReservation
      ? 'Minimum memory limit can not be less than memory reservation limit, see usage'
      : undefined,
  ({ KernelMemory: wish = 0 }, { cgroupVersion }) =>
    wish > 0 && wish < MIN_MEMORY_BYTES && cgroupVersion === 1
      ? 'Minimum kernel memory limit allowed is 6MB'
      : undefined,
  ({ NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0 }) => {
    if (NanoCpus > 0 && CpuPeriod > 0)
      return 'Conflicting options: Nano CPUs and CPU Period cannot both be set';
    return NanoCpus > 0 && CpuQuota > 0
      ? 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'
      : undefined;
  },
  ({ NanoCpus = 0 }, { processors }) =>
    NanoCpus < 0 || NanoCpus > processors * 1e9
      ? `Range of CPUs is from 0.01 to ${processors}.00, as there are only ${processors} CPUs available`
      : undefined,
  ({ CpuPeriod = 0 }) =>
    CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000)
      ? 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)'
      : undefined,
  ({ CpuQuota = 0 }) =>
    CpuQuota > 0 && CpuQuota < 1000 ? 'CPU cfs quota can not be less than 1ms (i.e. 1000)' : undefined,
  ({ CpusetCpus = '' }, { processors }) => {
    const wanted = parseSet(CpusetCpus);
    if (typeof wanted === 'string') return `Invalid value ${CpusetCpus} for cpuset cpus: ${wanted}`;
    return wanted.every((cpu) => cpu < processors)
      ? undefined
      : `Requested CPUs are not available - requested ${CpusetCpus}, available: ${allOf(processors)}`;
  },
  ({ CpusetMems = '' }) => {
    const wanted = parseSet(CpusetMems);
    if (typeof wanted === 'string') return `Invalid value ${CpusetMems} for cpuset mems: ${wanted}`;
    return wanted.every((node) => node === 0)
      ? undefined
      : `Requested memory nodes are not available - requested ${CpusetMems}, available: 0`;
  },
];

/** What dockerd says on a machine that has no such limit. */
interface Discard {
  readonly applies: (wishes: Resources, machine: Machine) => boolean;
  readonly warning: string;
  readonly without: Resources;
}

const DISCARDED: readonly Discard[] = [
  {
    applies: ({ MemorySwappiness: wish }, { cgroupVersion }) =>
      typeof wish === 'number' && wish !== -1 && cgroupVersion !== 1,
    warning:
      'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness',
    without: { MemorySwappiness: null },
  },
  {
    applies: ({ KernelMemory = 0 }) => KernelMemory > 0,
    warning:
      'Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation',
    without: { KernelMemory: 0 },
  },
  {
    applies: ({ BlkioWeight = 0 }) => BlkioWeight > 0,
    warning: 'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight',
    without: { BlkioWeight: 0 },
  },
  {
    applies: ({ BlkioWeightDevice }) => (BlkioWeightDevice ?? []).length > 0,
    warning:
      'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device',
    without: { BlkioWeightDevice: [] },
  },
  throttle('BlkioDeviceReadBps', 'BPS Block I/O read limit', 'BPS read'),
  throttle('BlkioDeviceWriteBps', 'BPS Block I/O write limit', 'BPS write'),
  throttle('BlkioDeviceReadIOps', 'IOPS Block read limit', 'IOPS read'),
  throttle('BlkioDeviceWriteIOps', 'IOPS Block write limit', 'IOPS write'),
];

type Throttle = 'BlkioDeviceReadBps' | 'BlkioDeviceWriteBps' | 'BlkioDeviceReadIOps' | 'BlkioDeviceWriteIOps';

/** A session has no control group for block devices. */
function throttle(name: Throttle, limit: string, kind: string): Discard {
  return {
    applies: ({ [name]: devices }) => (devices ?? []).length > 0,
    warning: `Your kernel does not support ${limit} or the cgroup is not mounted. Block I/O ${kind} limit`,
    without: { [name]: [] },
  };
}

function oomWarning({ OomKillDisable, Memory = 0 }: Resources): string[] {
  if (OomKillDisable !== true || Memory !== 0) return [];
  return [
    'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
  ];
}

/** The kernel counts no further in such a list. */
const SET_MAXIMUM = 8192;

/** `0-2,4` → 0, 1, 2, 4; or what is wrong with it. */
function parseSet(text: string): number[] | string {
  const found: number[] = [];
  for (const part of text === '' ? [] : text.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part);
    const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    if (range === null || to < from) return `invalid format: ${text}`;
    if (to > SET_MAXIMUM) return `value of out range, maximum is ${SET_MAXIMUM}`;
    for (let each = from; each <= to; each++) found.push(each);
  }
  return found;
}

function allOf(processors: number): string {
  return processors === 1 ? '0' : `0-${processors - 1}`;
}
