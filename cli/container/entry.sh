#!/bin/sh
# The first program of the container that docker-compose.yml starts: takes off what Docker lays over /sys, and makes the
# device files of the machines' disks. Harmless where there is nothing to do, as in a privileged container.
set -eu

refuse() {
  echo "slipway: $1" >&2
  echo 'Start it with `docker compose up` and the docker-compose.yml of the project, or give it what stands there.' >&2
  exit 1
}

# Capabilities by their number (capability.h).
effective=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
has() { [ $((0x$effective >> $1 & 1)) -eq 1 ]; }
has 21 || refuse 'This container has no CAP_SYS_ADMIN, and machines are made of mounts and namespaces.'
has 19 || refuse 'This container has no CAP_SYS_PTRACE, and cannot put anything into the namespace of a machine.'
mount_fails='This container may not mount anything: the profile of seccomp or AppArmor that it runs under forbids it.'

# The kernel lets the root of a user namespace mount /sys and /proc anew only where a whole one is to be seen already, and
# Docker shows /sys read-only and with parts covered. (A whole /proc comes with the process namespace that Slipway makes.)
mkdir -p /run/slipway-cgroup
mount --rbind /sys/fs/cgroup /run/slipway-cgroup 2>/dev/null || refuse "$mount_fails"
umount --recursive --lazy /sys
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount --rbind /run/slipway-cgroup /sys/fs/cgroup
umount --recursive --lazy /run/slipway-cgroup

# Machines are limited by control groups below this container's own, which Docker shows read-only.
while read -r _ _ _ _ place _; do
  case $place in /sys/fs/cgroup*) mount -o remount,bind,rw "$place" ;; esac
done </proc/self/mountinfo

# A container's /dev does not follow the kernel: device files have to be there before the devices. Loops are the block
# devices of number 7; where they may have partitions, each takes as many numbers as the next power of two.
partitions=$(cat /sys/module/loop/parameters/max_part 2>/dev/null || echo 0)
step=1
while [ "$step" -le "$partitions" ]; do step=$((step * 2)); done
number=0
while [ "$number" -lt 256 ]; do
  [ -e "/dev/loop$number" ] || mknod -m 660 "/dev/loop$number" b 7 $((number * step)) 2>/dev/null ||
    refuse 'This container may not make the device files of loop devices (`b 7:* rwm`), which carry the disks of machines.'
  number=$((number + 1))
done

exec node /opt/slipway/cli/slipway.mjs "$@"
