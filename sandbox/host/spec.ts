import { BOOT, bootEnvironment, mountSlot } from './bootstrap.ts';
import { SESSION_CAPABILITIES } from './capabilities.ts';
import type { HostLayout, SessionPaths } from './layout.ts';
import { seccompProfile } from './seccomp.ts';
import type { HostMount, SessionLimits } from './supervisor.ts';
import { firstUid, RANGE_SIZE } from './uids.ts';

/** The part of the OCI runtime specification (config.md) that is used here. */
export interface RuntimeSpec {
  readonly ociVersion: string;
  readonly hostname?: string;
  readonly process: object;
  readonly root: { readonly path: string; readonly readonly?: boolean };
  readonly mounts: readonly SpecMount[];
  readonly linux: object;
}

interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options?: readonly string[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
}

interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** All that tells one session's boot from another's. */
export interface BootPlan {
  readonly id: string;
  readonly range: number;
  readonly limits: SessionLimits;
  readonly mounts: readonly HostMount[];
  readonly workbench: string;
  readonly runtime: string;
  readonly catalog: string;
  /** `cgroup.procs` files to join before the session begins. */
  readonly cgroupProcs: readonly string[];
  /** `CGROUP` of `BootSettings`. */
  readonly cgroupMounts: string;
  /** What crun does about control groups: nothing, or (v2) it places the first process into `cgroupsPath`. */
  readonly cgroupsPath?: string;
  readonly machine: 'x64' | 'arm64';
  /** The user namespace that was made for it (`openUserNamespace`). */
  readonly userNamespace: string;
  /** The disk is as it was in the middle of a run: what ran goes on. */
  readonly goesOn: boolean;
  /** How long one build may take; as long as it takes when absent. */
  readonly buildMinutes?: number | undefined;
}

export const SESSION_HOSTNAME = 'slipway';

/**
 * A session starts in two stages, because what is mounted read-only has to stay so. A mount that the session's own
 * user namespace made can be remounted writable by the session's root. A mount that was there before, made with the
 * host's power, is locked when the user namespace copies it (mount_namespaces(7), "Restrictions on mount
 * namespaces"). So the first stage, in a mount namespace of its own and without a user namespace, makes the idmapped
 * mounts in the boot root; the second takes that root and builds the session around it.
 */
export function outerSpec(
  plan: BootPlan,
  layout: HostLayout,
  paths: SessionPaths,
  capabilities: readonly string[],
): RuntimeSpec {
  const mappings = idMappings(plan.range);
  const show = (source: string, destination: string, options: readonly string[]): SpecMount => ({
    destination: layout.bootRoot + destination,
    type: 'bind',
    source,
    options: ['bind', 'idmap', ...options],
    uidMappings: mappings,
    gidMappings: mappings,
  });
  const shared = ['ro', 'nodev'];
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      cwd: paths.innerBundle,
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      args: [
        '/bin/sh',
        '-c',
        JOIN_AND_RUN,
        'slipway',
        ...plan.cgroupProcs,
        '--',
        ...innerCommand(plan, layout, paths),
      ],
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    root: { path: layout.hostRoot },
    mounts: [
      show(plan.workbench, BOOT.workbench, shared),
      show(plan.runtime, BOOT.runtime, [...shared, 'nosuid']),
      show(plan.catalog, BOOT.catalog, shared),
      show(paths.mountPoint, BOOT.disk, ['rw', 'nodev']),
      ...plan.mounts.map(({ source, readOnly }, index) =>
        show(source, mountSlot(index), [readOnly ? 'ro' : 'rw', 'nodev', 'nosuid']),
      ),
    ],
    linux: { namespaces: [{ type: 'mount' }] },
  };
}

/** Joins the control groups named before `--`, then becomes the command after it. */
const JOIN_AND_RUN = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 1; shift; done; shift; exec "$@"';

function innerCommand(plan: BootPlan, layout: HostLayout, paths: SessionPaths): string[] {
  const placement = plan.cgroupsPath === undefined ? 'disabled' : 'cgroupfs';
  return [
    ...['crun', `--cgroup-manager=${placement}`, `--root=${layout.crun}/inner`],
    ...[
      'run',
      '--preserve-fds=1',
      '--no-new-keyring',
      `--bundle=${paths.innerBundle}`,
      `--pid-file=${paths.innerBundle}/pid`,
      plan.id,
    ],
  ];
}

export const outerCommand = (plan: BootPlan, layout: HostLayout, paths: SessionPaths): string[] => [
  ...['--cgroup-manager=disabled', `--root=${layout.crun}/outer`],
  ...['run', '--preserve-fds=1', '--no-new-keyring', `--bundle=${paths.outerBundle}`, plan.id],
];

export function innerSpec(plan: BootPlan, layout: HostLayout): RuntimeSpec {
  return {
    ociVersion: '1.0.2',
    hostname: SESSION_HOSTNAME,
    process: {
      user: { uid: 0, gid: 0 },
      cwd: '/',
      env: bootEnvironment({
        cgroup: plan.cgroupMounts,
        hostname: SESSION_HOSTNAME,
        mounts: plan.mounts.map(({ target }) => target),
      }),
      args: ['/boot', '/usr/bin/tini', '--', ...engineCommand(plan)],
      capabilities: {
        bounding: SESSION_CAPABILITIES,
        effective: SESSION_CAPABILITIES,
        permitted: SESSION_CAPABILITIES,
      },
    },
    root: { path: layout.bootRoot },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=64k', 'nr_inodes=256'],
      },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
      },
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=64m', 'nr_inodes=8k'],
      },
      {
        destination: '/dev/mqueue',
        type: 'mqueue',
        source: 'mqueue',
        options: ['nosuid', 'noexec', 'nodev'],
      },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev'] },
    ],
    linux: {
      namespaces: [
        { type: 'user', path: plan.userNamespace },
        ...['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'].map((type) => ({ type })),
      ],
      seccomp: seccompProfile(plan.machine),
      ...(plan.cgroupsPath === undefined ? {} : { cgroupsPath: plan.cgroupsPath }),
    },
  };
}

const idMappings = (range: number): IdMapping[] => [
  { containerID: 0, hostID: firstUid(range), size: RANGE_SIZE },
];

/** `docs/architecture.md`, "In a session". */
function engineCommand({ limits, cgroupMounts, goesOn, buildMinutes }: BootPlan): string[] {
  return [
    // Sparing of memory, until the engine says otherwise (sandbox/engine/heap.ts), and tidied up 1.5 s after work, not 8 s.
    ...['/opt/slipway/runtime/bin/node', '--optimize-for-size', '--gc-memory-reducer-start-delay-ms=1500'],
    '/opt/slipway/runtime/engine.mjs',
    ...['--state', '/var/lib/docker', '--catalog', '/opt/slipway/catalog'],
    ...['--docker-socket', '/var/run/docker.sock', '--control', 'fd:3'],
    ...(cgroupMounts === '' ? [] : ['--cgroup', '/sys/fs/cgroup']),
    ...['--disk-bytes', String(limits.diskBytes), '--memory-bytes', String(limits.memoryBytes)],
    ...['--processes', String(limits.processes)],
    ...(buildMinutes === undefined ? [] : ['--build-minutes', String(buildMinutes)]),
    ...(goesOn ? ['--goes-on'] : []),
  ];
}
