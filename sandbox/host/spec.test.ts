import { describe, expect, it } from 'vitest';
import { parseEngineArguments } from '../engine/arguments.ts';
import { SESSION_CAPABILITIES } from './capabilities.ts';
import { hostLayout, sessionPaths } from './layout.ts';
import { innerSpec, outerCommand, outerSpec, type BootPlan } from './spec.ts';
import { DEFAULT_LIMITS } from './supervisor.ts';

const plan: BootPlan = {
  id: 'abcdefghijklmnop',
  range: 2,
  limits: DEFAULT_LIMITS,
  mounts: [
    { source: '/srv/read', target: '/read', readOnly: true },
    { source: '/srv/write', target: '/write', readOnly: false },
  ],
  workbench: '/data/workbench/1',
  runtime: '/data/runtime/1',
  catalog: '/data/catalog',
  cgroupProcs: ['/sys/fs/cgroup/memory/slipway-1/abcdefghijklmnop/cgroup.procs'],
  cgroupMounts: 'memory pids cpu freezer',
  machine: 'x64',
  userNamespace: '/proc/7/ns/user',
  goesOn: false,
};
const layout = hostLayout('/data');
const paths = sessionPaths(layout, plan.id);
const mapping = { containerID: 0, hostID: 0x7002_0000, size: 65_536 };

describe('the first stage', () => {
  const spec = outerSpec(plan, layout, paths, ['CAP_SYS_ADMIN']);

  it('has no user namespace, so that its mounts are locked for those below', () => {
    expect(spec.linux).toEqual({ namespaces: [{ type: 'mount' }] });
  });

  it('shows everything with the ids of the session', () => {
    expect(spec.mounts).toHaveLength(6);
    for (const mount of spec.mounts) {
      expect(mount.options).toContain('idmap');
      expect(mount.options).toContain('nodev');
      expect(mount.uidMappings).toEqual([mapping]);
      expect(mount.gidMappings).toEqual([mapping]);
    }
  });

  it('lets nothing be written but the disk and what was shown for it', () => {
    const writable = spec.mounts
      .filter(({ options }) => !options?.includes('ro'))
      .map(({ source }) => source);
    expect(writable).toEqual([paths.mountPoint, '/srv/write']);
  });

  it('hands on the listener through both stages', () => {
    expect(outerCommand(plan, layout, paths)).toContain('--preserve-fds=1');
    expect(JSON.stringify(spec.process)).toContain('--preserve-fds=1');
  });
});

describe('the session', () => {
  const spec = innerSpec(plan, layout);

  it('has every namespace of its own, that of users made before', () => {
    expect(spec.linux).toMatchObject({
      namespaces: [
        { type: 'user', path: '/proc/7/ns/user' },
        ...['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'].map((type) => ({ type })),
      ],
    });
  });

  it('has a filter, bounded capabilities, and no rlimits, which some hosts may not set', () => {
    expect(spec.linux).toHaveProperty('seccomp.defaultAction', 'SCMP_ACT_ERRNO');
    expect(spec.process).toHaveProperty('capabilities.bounding', SESSION_CAPABILITIES);
    expect(spec.process).not.toHaveProperty('rlimits');
    for (const name of [
      'SYS_MODULE',
      'SYS_RAWIO',
      'SYS_TIME',
      'SYS_BOOT',
      'BPF',
      'PERFMON',
      'SYSLOG',
      'MAC_ADMIN',
    ])
      expect(SESSION_CAPABILITIES).not.toContain(`CAP_${name}`);
  });

  it('masks nothing in /proc, which would keep containers from having their own', () => {
    expect(spec.linux).not.toHaveProperty('maskedPaths');
    expect(spec.linux).not.toHaveProperty('readonlyPaths');
  });

  it('asks for no device beside those that every container has', () => {
    expect(spec.linux).not.toHaveProperty('devices');
  });

  it('starts the engine below tini with its limits', () => {
    const { args } = spec.process as { args: string[] };
    expect(args.slice(0, 4)).toEqual(['/boot', '/usr/bin/tini', '--', '/opt/slipway/runtime/bin/node']);
    expect(args.slice(4, 7)).toEqual([
      '--optimize-for-size',
      '--gc-memory-reducer-start-delay-ms=1500',
      '/opt/slipway/runtime/engine.mjs',
    ]);
    expect(args).toContain('fd:3');
    expect(args[args.indexOf('--memory-bytes') + 1]).toBe(String(DEFAULT_LIMITS.memoryBytes));
    expect(args).not.toContain('--build-minutes');
  });

  it('tells the engine how long a build may take', () => {
    const { args } = innerSpec({ ...plan, buildMinutes: 30 }, layout).process as { args: string[] };
    const own = args.slice(args.indexOf('/opt/slipway/runtime/engine.mjs') + 1);
    expect(parseEngineArguments(own)).toMatchObject({ buildMinutes: 30 });
  });

  it('tells the engine of no control group where there is none', () => {
    const { args } = innerSpec({ ...plan, cgroupMounts: '' }, layout).process as { args: string[] };
    expect(args).not.toContain('--cgroup');
  });
});
