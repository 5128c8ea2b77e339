import { EngineError } from '../oci/errors.ts';
import { checkLogValues } from './log-options.ts';
import type { HostConfig } from './model.ts';

/** Refuses what dockerd finds only when a container starts. */
export function checkBeforeStart(host: HostConfig): void {
  checkLogValues(host.LogConfig);
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

const TMPFS_OPTION =
  /^((ro|rw|suid|nosuid|dev|nodev|exec|noexec|sync|async|remount|dirsync|atime|noatime|diratime|nodiratime|relatime|norelatime|strictatime|nostrictatime|mand|nomand|bind|rbind|r?private|r?shared|r?slave|r?unbindable|defaults)|(size|mode|uid|gid|nr_inodes|nr_blocks|mpol)=.*)$/;
