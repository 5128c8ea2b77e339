import { isIP } from 'node:net';
import { posix } from 'node:path';
import { EngineError } from '../oci/errors.ts';
import { checkCapability } from './capabilities.ts';
import { checkLog } from './log-options.ts';
import type { Config, HostConfig, RestartPolicy } from './model.ts';
import { parseSignal } from './signals.ts';

const MIN_HEALTH_NANOS = 1_000_000;

/** Refuses what cannot run, in dockerd's words. */
export function checkWishes(config: Config, host: HostConfig): void {
  checkLog(host.LogConfig);
  for (const check of CHECKS) {
    const reason = check(config, host);
    if (reason !== undefined) throw new EngineError('invalid', reason);
  }
  for (const name of host.CapAdd ?? []) checkCapability(name, 'CapAdd');
  for (const name of host.CapDrop ?? []) checkCapability(name, 'CapDrop');
  const { StopSignal = '' } = config;
  // Any number will do until it is sent.
  if (StopSignal !== '') parseSignal(StopSignal);
}

type Check = (config: Config, host: HostConfig) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ WorkingDir }) =>
    WorkingDir !== '' && !WorkingDir.startsWith('/')
      ? `the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`
      : undefined,
  ({ Env }) => {
    const bad = (Env ?? []).find((pair) => pair === '' || pair.startsWith('='));
    return bad === undefined ? undefined : `invalid environment variable: ${bad}`;
  },
  ({ Entrypoint, Cmd }) =>
    (Entrypoint?.length ?? 0) + (Cmd?.length ?? 0) === 0 ? 'No command specified' : undefined,
  ({ Healthcheck }) => {
    for (const name of ['Interval', 'Timeout', 'StartPeriod'] as const) {
      const value = Healthcheck?.[name] ?? 0;
      if (value !== 0 && value < MIN_HEALTH_NANOS) return `${name} in Healthcheck cannot be less than 1ms`;
    }
    return (Healthcheck?.Retries ?? 0) < 0 ? 'Retries in Healthcheck cannot be negative' : undefined;
  },
  (_, { AutoRemove, RestartPolicy }) =>
    AutoRemove && RestartPolicy.Name !== '' && RestartPolicy.Name !== 'no'
      ? "can't create 'AutoRemove' container with restart policy"
      : undefined,
  (_, { RestartPolicy }) => restartPolicyMistake(RestartPolicy),
  (_, { ExtraHosts }) => {
    const bad = (ExtraHosts ?? []).find((line) => !/^[^:]+:.+$/.test(line));
    return bad === undefined ? undefined : `bad format for add-host: "${bad}"`;
  },
  (_, { ExtraHosts }) => {
    const addresses = (ExtraHosts ?? []).map((line) => line.slice(line.indexOf(':') + 1));
    const bad = addresses.find((address) => address !== 'host-gateway' && isIP(address) === 0);
    return bad === undefined ? undefined : `invalid IP address in add-host: ${JSON.stringify(bad)}`;
  },
  (_, { Links }) => {
    const bad = (Links ?? []).find((link) => link.split(':').length > 2);
    return bad === undefined ? undefined : `bad format for links: ${bad}`;
  },
  (_, { CgroupnsMode: mode }) =>
    ['', 'host', 'private'].includes(mode) ? undefined : `invalid cgroup namespace mode: ${mode}`,
  (_, { OomScoreAdj }) =>
    OomScoreAdj < -1000 || OomScoreAdj > 1000
      ? `Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`
      : undefined,
  (_, { ShmSize }) => (ShmSize < 0 ? 'SHM size can not be less than 0' : undefined),
  (_, { Runtime }) =>
    ['', 'runc', 'io.containerd.runc.v2', 'io.containerd.runtime.v1.linux'].includes(Runtime)
      ? undefined
      : `Unknown runtime specified ${Runtime}`,
  (_, { Isolation }) =>
    ['', 'default'].includes(Isolation.toLowerCase())
      ? undefined
      : `Invalid isolation: "${Isolation}" - linux only supports 'default'`,
  (_, { StorageOpt }) =>
    Object.keys(StorageOpt ?? {}).length > 0
      ? "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
      : undefined,
  (_, { Tmpfs }) => {
    const bad = Object.keys(Tmpfs ?? {}).find((path) => !path.startsWith('/'));
    return bad === undefined ? undefined : `invalid mount path: '${bad}' mount path must be absolute`;
  },
  (_, { Tmpfs }) =>
    Object.keys(Tmpfs ?? {}).some((path) => posix.normalize(path) === '/')
      ? "invalid specification: destination can't be '/'"
      : undefined,
  (_, { SecurityOpt }) => {
    const known =
      /^(no-new-privileges([:=](true|false))?|label[:=].*|seccomp[:=].*|apparmor[:=].*|systempaths=unconfined)$/;
    const bad = (SecurityOpt ?? []).find((option) => !known.test(option));
    if (bad === undefined) return undefined;
    const place = /[=:]/.test(bad) ? 2 : 1;
    return `invalid --security-opt ${place}: ${JSON.stringify(bad)}`;
  },
];

/** What dockerd says of a policy that makes no sense; undefined for one that does. */
export function restartPolicyMistake({
  Name,
  MaximumRetryCount: count = 0,
}: Partial<RestartPolicy>): string | undefined {
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(Name ?? ''))
    return `invalid restart policy '${Name}'`;
  if (Name !== undefined && Name !== '' && Name !== 'on-failure' && count !== 0)
    return `maximum retry count cannot be used with restart policy '${Name}'`;
  return count < 0 ? 'maximum retry count cannot be negative' : undefined;
}
