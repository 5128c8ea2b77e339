import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names in the root that a session boots from. */
export const BOOT = {
  workbench: '/workbench',
  runtime: '/runtime',
  catalog: '/catalog',
  disk: '/disk',
  mounts: '/mounts',
} as const;

/** Folders of the host that one session can be shown (`HostMount`). */
export const MAX_HOST_MOUNTS = 16;

/** Where a host folder waits in the boot root until the session has its own. */
export const mountSlot = (index: number): string => `${BOOT.mounts}/${index}`;

/** What the script below reads from its environment. */
export interface BootSettings {
  /** v1: `memory cpu,cpuacct …`, the controllers of each hierarchy as its mount has them; v2: `unified`; or empty. */
  readonly cgroup: string;
  readonly hostname: string;
  /** Target of each host folder, in the order of their slots. */
  readonly mounts: readonly string[];
}

export const bootEnvironment = (settings: BootSettings): string[] => [
  'PATH=/bin',
  `CGROUP=${settings.cgroup}`,
  `HOSTNAME=${settings.hostname}`,
  ...settings.mounts.map((target, index) => `MOUNT_${index}=${target}`),
];

/**
 * Makes the session's root and becomes its first process. It runs as the session's root, with the session's powers
 * and filter; its shell is the static busybox, whose applets need no files of their own.
 */
const SCRIPT = `#!/bin/busybox sh
set -e
fail() { echo "slipway: the session cannot be put together: $1" >&2; exit 70; }

mkdir -p /disk/root /disk/work
mount -t overlay overlay -o lowerdir=${BOOT.workbench},upperdir=${BOOT.disk}/root,workdir=${BOOT.disk}/work,userxattr /new || fail "its root file system"
cd /new
mkdir -p dev etc mnt opt/slipway/catalog opt/slipway/runtime proc run sys tmp var/lib/docker
for d in sys dev; do mount --move /$d $d || fail "/$d"; done
mount --bind ${BOOT.disk} var/lib/docker
mount --bind ${BOOT.runtime} opt/slipway/runtime
mount --bind ${BOOT.catalog} opt/slipway/catalog
mount -t tmpfs -o nosuid,nodev,mode=755,size=16m,nr_inodes=8k tmpfs run
mkdir run/lock run/slipway
# A file system that nobody here can write to: sandbox/container/crun.ts.
: > run/slipway/crun
mount --bind ${BOOT.workbench}/usr/bin/crun run/slipway/crun

i=0
while eval "target=\\\${MOUNT_$i-}"; [ -n "$target" ]; do
  mkdir -p "./$target"
  mount --bind ${BOOT.mounts}/$i "./$target" || fail "$target"
  i=$((i + 1))
done

if [ "$CGROUP" = unified ]; then
  mount -t cgroup2 cgroup sys/fs/cgroup || fail "its control group"
  # A group whose children have controllers must have no process of its own.
  mkdir -p sys/fs/cgroup/init
  echo $$ > sys/fs/cgroup/init/cgroup.procs
  for c in $(cat sys/fs/cgroup/cgroup.controllers); do
    echo "+$c" > sys/fs/cgroup/cgroup.subtree_control || true
  done
elif [ -n "$CGROUP" ]; then
  mount -t tmpfs -o nosuid,nodev,noexec,mode=755,size=1m cgroup sys/fs/cgroup
  for c in $CGROUP; do
    mkdir sys/fs/cgroup/\${c%%,*}
    mount -t cgroup -o nosuid,nodev,noexec,$c cgroup sys/fs/cgroup/\${c%%,*} || fail "its control group $c"
  done
fi

ip link set lo up
echo "$HOSTNAME" > etc/hostname
[ -e ${BOOT.disk}/root/etc/hosts ] || printf '127.0.0.1\\tlocalhost\\n::1\\tlocalhost ip6-localhost ip6-loopback\\n127.0.1.1\\t%s\\n' "$HOSTNAME" > etc/hosts
[ -e ${BOOT.disk}/root/etc/resolv.conf ] || echo '# This machine has no network beyond itself.' > etc/resolv.conf
chmod 1777 tmp

# From here on by path: the shell finds its applets through /proc.
/bin/busybox mount --move /proc proc || fail "/proc"
/bin/busybox pivot_root . mnt
cd /
/mnt/bin/busybox umount -l /mnt
unset CGROUP HOSTNAME
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
# The C library keeps a heap for each thread of the engine otherwise, and gives little of it back.
export MALLOC_ARENA_MAX=1
exec "$@"
`;

/** Lays out the folder that every session boots from. It is read-only to all of them and the same for all of them. */
export async function writeBootRoot(folder: string, busybox: string): Promise<void> {
  const folders = ['bin', 'dev', 'proc', 'sys', 'new', ...Object.values(BOOT).map((path) => path.slice(1))];
  for (const name of folders) await mkdir(join(folder, name), { recursive: true, mode: 0o755 });
  for (let index = 0; index < MAX_HOST_MOUNTS; index++)
    await mkdir(join(folder, mountSlot(index)), { recursive: true });
  await copyFile(busybox, join(folder, 'bin/busybox'));
  await chmod(join(folder, 'bin/busybox'), 0o755);
  await writeFile(join(folder, 'boot'), SCRIPT, { mode: 0o755 });
  await chmod(join(folder, 'boot'), 0o755);
}
