import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One v1 hierarchy as the host mounts it. */
export interface Hierarchy {
  readonly mountPoint: string;
  /** Its controllers as its mount has them, such as `cpu,cpuacct`; `name=systemd` for one without. */
  readonly controllers: string;
}

/** How the host's control groups are laid out. */
export type CgroupLayout =
  | { readonly kind: 'v2'; readonly mountPoint: string; readonly controllers: readonly string[] }
  /** `unified` is the mount point of a v2 hierarchy that lies beside them without memory or pids ("hybrid"). */
  | { readonly kind: 'v1'; readonly hierarchies: readonly Hierarchy[]; readonly unified?: string }
  | { readonly kind: 'none' };

const V1_CONTROLLERS = new Set(
  'blkio cpu cpuacct cpuset debug devices freezer hugetlb memory misc net_cls net_prio perf_event pids rdma'.split(
    ' ',
  ),
);

/** Reads the layout off the mount table. */
export async function detectCgroups(mountinfo = '/proc/self/mountinfo'): Promise<CgroupLayout> {
  const mounts = once(parseMounts(await readFile(mountinfo, 'utf8')));
  const hierarchies = mounts
    .filter(({ type }) => type === 'cgroup')
    .map(({ mountPoint, superOptions }) => ({ mountPoint, controllers: controllersOf(superOptions) }))
    .filter(({ controllers }) => controllers !== '');
  const unified = mounts.find(({ type }) => type === 'cgroup2')?.mountPoint;
  if (hierarchies.some(({ controllers }) => controllers.split(',').includes('memory'))) {
    return { kind: 'v1', hierarchies, ...(unified === undefined ? {} : { unified }) };
  }
  if (unified === undefined) return { kind: 'none' };
  const controllers = await readFile(join(unified, 'cgroup.controllers'), 'utf8').catch(() => '');
  return { kind: 'v2', mountPoint: unified, controllers: controllers.split(/\s+/).filter(Boolean) };
}

const PLACE = '/sys/fs/cgroup';

/**
 * Each hierarchy once, where it belongs: a supervisor above this one has copied the host's tree, and moved what lies beside
 * the hierarchies of v1.
 */
function once(mounts: readonly Mount[]): Mount[] {
  const found = new Map<string, Mount>();
  for (const mount of mounts) {
    const key = `${mount.type} ${mount.type === 'cgroup' ? controllersOf(mount.superOptions) : ''}`;
    const known = found.get(key);
    if (!known || (!known.mountPoint.startsWith(PLACE) && mount.mountPoint.startsWith(PLACE))) {
      found.set(key, mount);
    }
  }
  return [...found.values()];
}

interface Mount {
  readonly mountPoint: string;
  readonly type: string;
  readonly superOptions: string;
}

/** proc_pid_mountinfo(5): fields, ` - `, then type, source and the options of the file system itself. */
function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [fields, rest] = line.split(' - ');
    const mountPoint = fields?.split(' ')[4];
    const [type, , superOptions] = rest?.split(' ') ?? [];
    return mountPoint && type && superOptions ? [{ mountPoint, type, superOptions }] : [];
  });
}

const controllersOf = (superOptions: string): string =>
  superOptions
    .split(',')
    .filter((option) => V1_CONTROLLERS.has(option) || option.startsWith('name='))
    .join(',');
