import { EngineError } from '../oci/errors.ts';
import { logLimitsOf } from './log-limits.ts';
import type { DeviceMapping, HostConfig } from './model.ts';

/** Refuses what dockerd finds only when a container starts. */
export function checkBeforeStart(host: HostConfig): void {
  logLimitsOf(host.LogConfig);
  for (const check of CHECKS) {
    const reason = check(host);
    if (reason !== undefined) throw new EngineError('internal', reason);
  }
}

type Check = (host: HostConfig) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ CpuShares }) => (CpuShares < 0 ? 'shares: invalid argument' : undefined),
  ({ DeviceRequests }) => {
    const [first] = DeviceRequests ?? [];
    const wanted = (first?.Capabilities ?? []).map((all) => `[${all.join(' ')}]`).join(' ');
    return first && `could not select device driver "${first.Driver ?? ''}" with capabilities: [${wanted}]`;
  },
  ({ Ulimits }) => {
    const bad = (Ulimits ?? []).find(({ Name }) => !RLIMITS.includes((Name as string | undefined) ?? ''));
    return (
      bad &&
      `${RUNC}: wrong rlimit value: RLIMIT_${((bad.Name as string | undefined) ?? '').toUpperCase()}: unknown`
    );
  },
  ({ Devices }) => {
    const wishes = (Devices ?? []) as readonly Partial<DeviceMapping>[];
    const place = wishes.findIndex(({ CgroupPermissions = '' }) => CgroupPermissions === '');
    return place === -1
      ? undefined
      : `${RUNC}: device access at ${USUAL_DEVICES + place} field cannot be empty: unknown`;
  },
  ({ IpcMode }) =>
    /^(|none|host|private|shareable|container:.+)$/.test(IpcMode)
      ? undefined
      : `Invalid IPC mode: ${IpcMode}`,
  ({ Tmpfs }) => {
    const words = Object.values(Tmpfs ?? {}).flatMap((options) => options.split(','));
    const bad = words.find((word) => word !== '' && !TMPFS_OPTION.test(word));
    return bad === undefined ? undefined : `invalid tmpfs option ["${bad}"]`;
  },
];

const RUNC = 'failed to create shim task: OCI runtime create failed: runc create failed';

const RLIMITS = [
  'as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss', 'rtprio',
  'rttime', 'sigpending', 'stack',
]; // prettier-ignore

/** Rules about devices that every container of dockerd has, before those that are asked for. */
const USUAL_DEVICES = 8;

const TMPFS_OPTION =
  /^((ro|rw|suid|nosuid|dev|nodev|exec|noexec|sync|async|remount|dirsync|atime|noatime|diratime|nodiratime|relatime|norelatime|strictatime|nostrictatime|mand|nomand|bind|rbind|r?private|r?shared|r?slave|r?unbindable|defaults)|(size|mode|uid|gid|nr_inodes|nr_blocks|mpol)=.*)$/;
