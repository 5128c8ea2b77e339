import type { SessionLimits } from '../../sandbox/host/supervisor.ts';
import type { MeasuredUsage } from './measured.ts';

/** The share of a limit at which the learner is told, while something can still be done. */
const NEAR = 0.88;
/** The share at which it bites, or is about to with the next program. */
const FULL = 0.995;
/** Whoever falls below is told anew the next time. */
const AGAIN = 0.75;

const MIB = 1024 ** 2;

interface Resource {
  readonly name: 'memory' | 'disk' | 'files' | 'processes';
  readonly used: number;
  readonly limit: number;
  readonly near: string;
  /** Undefined where the one who ends it tells: the kernel ends a process at the memory limit, and the supervisor says so. */
  readonly full?: string;
}

/** Looks at a machine without a refused process after which the next one is told again: about a minute. */
const QUIET_LOOKS = 20;

const REFUSED =
  'A program could not start another (`Resource temporarily unavailable`): the machine, or the container that it runs in, had ' +
  'as many processes as it may. `docker stats` says how many each container has.';

/** Looks in a row at which a machine had all of its processor time, before its learner is told: half a minute. */
const BUSY_LOOKS = 10;
/** The share of it that counts as all: what is left is lost between the kernel's periods. */
const BUSY = 0.95;

const SLOWED =
  'The machine has used all of its processor time for half a minute: whatever runs on it is slower. `top` says which programs take it.';

/**
 * Says when a machine's memory, disk, files or processes are nearly used up, and when they are: each once, until there is
 * room again; that the kernel refused processes, as it does in a moment between two looks; and that the machine is slowed down.
 */
export class Fullness {
  readonly #told = new Map<Resource['name'], 'near' | 'full'>();
  #refused: number | undefined;
  #quietLooks = QUIET_LOOKS;
  #busyLooks = 0;

  /** The sentences that are due now. */
  told(usage: MeasuredUsage, limits: SessionLimits): string[] {
    const told = resourcesOf(usage, limits).flatMap((resource) => this.#judge(resource) ?? []);
    if (this.#slowedAnew(usage, limits)) told.push(SLOWED);
    const refused = this.#refusedAnew(usage.refusedForks ?? 0);
    return refused && this.#told.get('processes') !== 'full' ? [...told, REFUSED] : told;
  }

  /** Whether more were refused than at the last look, for the first time in a while. */
  #refusedAnew(count: number): boolean {
    const more = this.#refused !== undefined && count > this.#refused;
    const quiet = this.#quietLooks >= QUIET_LOOKS;
    this.#refused = count;
    this.#quietLooks = more ? 0 : this.#quietLooks + 1;
    return more && quiet;
  }

  #slowedAnew({ cpus = 0 }: MeasuredUsage, limits: SessionLimits): boolean {
    this.#busyLooks = cpus >= limits.cpus * BUSY ? this.#busyLooks + 1 : 0;
    return this.#busyLooks === BUSY_LOOKS;
  }

  #judge({ name, used, limit, near, full }: Resource): string | undefined {
    const share = used / limit;
    const before = this.#told.get(name);
    if (share < AGAIN) this.#told.delete(name);
    if (full !== undefined && share >= FULL && before !== 'full') {
      this.#told.set(name, 'full');
      return full;
    }
    if (share < NEAR || before !== undefined) return undefined;
    this.#told.set(name, 'near');
    return near;
  }
}

function resourcesOf(usage: MeasuredUsage, limits: SessionLimits): Resource[] {
  const { files, fileLimit } = usage;
  return [
    {
      name: 'memory',
      used: usage.memoryBytes,
      limit: limits.memoryBytes,
      near: `The machine uses ${mib(usage.memoryBytes)} of its ${mib(limits.memoryBytes)} of memory. When none is left, the kernel ends a program; \`top\` and \`docker stats\` say which ones take most.`,
    },
    {
      name: 'disk',
      used: usage.diskBytes,
      limit: limits.diskBytes,
      near: `The machine’s disk is nearly full: ${mib(usage.diskBytes)} of ${mib(limits.diskBytes)}. \`docker system df\` says what takes the room, and \`docker system prune\` frees what nobody uses.`,
      full: 'The machine’s disk is full: nothing more can be written until something goes, for instance with `docker system prune`.',
    },
    ...(files !== undefined && fileLimit !== undefined && fileLimit > 0
      ? [
          {
            name: 'files',
            used: files,
            limit: fileLimit,
            near: `The machine’s disk holds ${files} of the ${fileLimit} files that it can hold.`,
            full: 'The machine’s disk holds as many files as it can: no new ones can be made until some go.',
          } as const,
        ]
      : []),
    {
      name: 'processes',
      used: usage.processes,
      limit: limits.processes,
      near: `The machine has ${usage.processes} of its ${limits.processes} processes. When it has all of them, no program can start another; \`ps -ef\` lists them.`,
      full: `The machine has all of its ${limits.processes} processes: no program can start another until some end. \`docker ps\` and \`kill\` help; a new terminal may not open.`,
    },
  ];
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
