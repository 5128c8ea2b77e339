import type { Attack } from './attack.ts';

const NOT_PERMITTED = /refused: (?:Operation not permitted|Function not implemented)/u;
const SEES_IT = /refused: (?!Operation not permitted)|answered/u;

/** An empty folder that goes with the shell: controls run on the host, and leave nothing there. */
const IN_FOLDER = `folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"`;

/** Makes a device node and reads from it. */
const device = (kind: string, major: number | string, minor: number | string): string =>
  `${IN_FOLDER}; mknod node ${kind} ${major} ${minor} && head -c 16 node | wc -c`;

/** The host's own disk is the first one that the kernel lists. */
const FIRST_DISK = `read -r major minor < <(awk 'NR > 2 { print $1, $2; exit }' /proc/partitions)`;

/** System calls that reach past namespaces: the kernel must not even look at their arguments. */
const CALLS: readonly Attack[] = [
  ['bpf: load a program into the kernel', 'bpf 5 0 0'],
  ['io_uring: a second way to every system call', 'io_uring_setup 1 0'],
  ['userfaultfd: stop the kernel in the middle of a copy', 'userfaultfd 0'],
  ['perf_event_open: watch the kernel', 'perf_event_open 0 0 0 0 0'],
  ['keyctl: keys of the kernel', 'keyctl 0 -1 0'],
  ['add_key: keys of the kernel', 'add_key user name value 5 -3'],
  ['request_key: a program of the host, asked for a key', 'request_key user name info -3'],
  ['fanotify_init: see and hold up what others open', 'fanotify_init 0 0'],
  ['move_pages: where memory lies', 'move_pages 0 0 0 0 0 0'],
  ['kexec_load: another kernel', 'kexec_load 0 100000 0 0'],
  ['init_module: a kernel module', 'init_module 0 0 0'],
  ['reboot', 'reboot 1 2 3'],
  ['swapon', 'swapon /nosuch 0'],
  ['acct: a log of all processes', 'acct /nosuch'],
  ['syslog: the kernel’s messages', 'syslog 3 room-for-messages 10'],
  ['open_by_handle_at: files by number (“shocker”)', 'open_by_handle_at -100 0 0'],
].map(([title = '', call = '']) => ({
  title,
  script: `sys ${call}`,
  refused: NOT_PERMITTED,
  control: { expected: SEES_IT },
}));

/** Families of sockets that no network namespace separates. */
const FAMILIES: readonly Attack[] = [
  ['AF_VSOCK: the hypervisor', 40],
  ['AF_ALG: the kernel’s ciphers', 38],
  ['AF_KEY: keys of IPsec', 15],
  ['AF_XDP: rings shared with the kernel', 44],
].map(([family, number]) => ({
  title: `socket: ${family}`,
  script: `sys socket ${number} 5 0`,
  refused: /^refused: Address family not supported by protocol$/mu,
}));

const DEVICES: readonly Attack[] = [
  {
    title: 'docker run --device gives no device that the machine has not',
    script: `for d in /dev/vda /dev/sda /dev/mem /dev/kmsg /dev/fuse /dev/kvm; do docker run --rm --device $d busybox ls $d 2>&1; done; echo done`,
    refused:
      /^(?:docker: Error response from daemon: error gathering device information.*no such file or directory\.?\n(?:See .*\n)?)*done\n$/mu,
  },
  {
    title: 'mknod: the host’s disk',
    script: `${FIRST_DISK}; ${device('b', '$major', '$minor')}`,
    refused: /mknod: .*Operation not permitted/u,
    control: { expected: /^16$/mu },
  },
  {
    title: 'mknod: a loop device, such as another session’s disk',
    script: device('b', 7, 0),
    refused: /mknod: .*Operation not permitted/u,
    control: { script: `${IN_FOLDER}; mknod node b 7 0 && echo made`, expected: /made/u },
  },
  ...(
    [
      ['the host’s memory (/dev/mem)', 1, 1],
      ['the kernel’s messages (/dev/kmsg)', 1, 11],
      ['the maker of loop devices', 10, 237],
      ['FUSE', 10, 229],
      ['KVM', 10, 232],
      ['TUN', 10, 200],
    ] as const
  ).map(([title, major, minor]) => ({
    title: `mknod: ${title}`,
    script: device('c', major, minor),
    refused: /mknod: .*Operation not permitted/u,
    control: { script: `${IN_FOLDER}; mknod node c ${major} ${minor} && echo made`, expected: /made/u },
  })),
  {
    title: 'devices that are there: none but the harmless',
    script: `find / -xdev \\( -type b -o -type c \\) -not -path '/var/lib/docker/*' 2>/dev/null; find /dev -type b; echo done`,
    refused: /^(?:\/dev\/(?:console|full|null|ptmx|pts\/\w+|random|tty|urandom|zero)\n)*done\n$/u,
  },
  {
    title: 'a privileged container makes no device either',
    script: `docker run --rm --privileged busybox sh -c 'mknod /node b 7 0 2>&1; echo $?'`,
    refused: /Operation not permitted[\s\S]*^1$/mu,
  },
];

/** Files of the kernel that make it run a program, or stop it. */
const KERNEL_FILES: readonly Attack[] = [
  {
    title: 'core_pattern: a program of ours, run by the host’s kernel',
    script: `echo '|/tmp/x' >/proc/sys/kernel/core_pattern; cat /proc/sys/kernel/core_pattern`,
    refused: /core_pattern: (?:Permission denied|Read-only file system)/u,
    control: {
      script: 'p=/proc/sys/kernel/core_pattern; v=$(cat $p); echo "$v" >$p && echo writable',
      expected: /writable/u,
    },
  },
  {
    title: 'modprobe path',
    script: 'echo /tmp/x >/proc/sys/kernel/modprobe',
    refused: /modprobe: (?:Permission denied|Read-only file system|No such file)/u,
  },
  {
    title: 'sysrq-trigger',
    script: 'echo h >/proc/sysrq-trigger',
    refused: /sysrq-trigger: (?:Permission denied|Read-only file system|No such file)/u,
    control: {
      script:
        'ls -d /proc/sys; test ! -e /proc/sysrq-trigger || test -w /proc/sysrq-trigger && echo writable',
      expected: /writable/u,
    },
  },
  {
    title: 'kcore: the host’s memory as a file',
    script: 'head -c 16 /proc/kcore | wc -c',
    refused: /(?:Permission denied|Operation not permitted|No such file)[^]*^0$/mu,
    // Some kernels are built without it.
    control: { expected: /^16$|No such file/mu },
  },
  {
    title: 'uevent_helper: a program of ours, run for a device',
    script: 'echo /tmp/x >/sys/kernel/uevent_helper',
    refused: /uevent_helper: (?:Permission denied|Read-only file system|No such file)/u,
  },
  {
    title: 'settings of the host’s memory',
    script: 'echo 3 >/proc/sys/vm/drop_caches; echo 1 >/proc/sys/kernel/panic',
    refused: /drop_caches: (?:Permission denied|Read-only)[^]*panic: (?:Permission denied|Read-only)/u,
    control: { script: 'test -w /proc/sys/vm/drop_caches && echo writable', expected: /writable/u },
  },
  {
    title: '/dev/kmsg',
    script: 'dd if=/dev/kmsg bs=8192 count=1 | wc -l',
    refused: /(?:No such file|Permission denied)[^]*^0$/mu,
    control: { expected: /^[1-9]/mu },
  },
  {
    title: 'dmesg',
    script: 'dmesg 2>&1 | head -1',
    refused: /Operation not permitted/u,
    control: { script: 'dmesg >/dev/null && echo read', expected: /read/u },
  },
  {
    title: 'the clock',
    script: 'date -s @0',
    refused: /cannot set date: Operation not permitted/u,
  },
];

const mountOf = (type: string): Attack => ({
  title: `mount: ${type}`,
  script: `mkdir -p /tmp/m && mount -t ${type} none /tmp/m; ls /tmp/m | head -3`,
  refused: /permission denied|Operation not permitted|unknown filesystem type/u,
  control: {
    script: `mkdir -p /tmp/m && mount -t ${type} none /tmp/m && echo mounted`,
    expected: /mounted|unknown filesystem/u,
  },
});

const MOUNTS: readonly Attack[] = [
  ...['debugfs', 'tracefs', 'securityfs', 'devtmpfs', 'bpf'].map(mountOf),
  {
    title: 'release_agent: a program of ours, run when a cgroup is empty',
    script: `mkdir -p /tmp/m && mount -t cgroup -o memory cgroup /tmp/m && ls /tmp/m | grep -c memory; echo /tmp/x >/tmp/m/release_agent
      umount /tmp/m; find /sys/fs/cgroup -name release_agent; echo done`,
    refused:
      /release_agent: (?:Permission denied|Operation not permitted)\ndone\n$|permission denied[^]*done\n$/u,
    control: {
      script: 'ls /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/cgroup.procs | head -1',
      expected: /cgroup/u,
    },
  },
  {
    title: 'mount: the host’s disk by its name',
    script: `${FIRST_DISK}; name=$(awk 'NR > 2 { print $4; exit }' /proc/partitions); mkdir -p /tmp/m; mount /dev/$name /tmp/m`,
    refused: /does not exist|not a block device|permission denied/u,
  },
  {
    title: 'unmount what hides the host: nothing lies below',
    script: `unshare -m sh -c 'umount -l /opt/slipway/catalog /opt/slipway/runtime /sys /var/lib/docker /
      cd /; find /opt/slipway/catalog /opt/slipway/runtime /sys /mnt -mindepth 1; ls -d /host /old'; echo done`,
    refused: /^(?:(?:umount|ls): .*\n)*done\n$/u,
  },
  {
    title: 'the shared catalog is writable through no remount',
    script:
      'mount -o remount,rw,bind /opt/slipway/catalog; touch /opt/slipway/catalog/planted; ls /opt/slipway/catalog',
    refused: /permission denied[^]*touch: .*Read-only file system/u,
  },
  {
    title: 'the shared runtime is writable through no remount',
    script: 'mount -o remount,rw,bind /opt/slipway/runtime; echo >>/opt/slipway/runtime/engine.mjs',
    refused: /permission denied[^]*Read-only file system/u,
  },
  {
    title: 'the program that starts containers is writable through no remount',
    script:
      '/opt/slipway/runtime/bin/busybox mount -o remount,rw,bind /run/slipway/crun; echo >>/run/slipway/crun',
    // Which of the two depends on whether it runs just now, in any session.
    refused: /permission denied[^]*(?:Read-only file system|Text file busy)/u,
  },
  {
    title: 'the shared catalog is writable through no container',
    script: `docker run --rm --privileged -v /opt/slipway/catalog:/c busybox sh -c 'touch /c/planted; mount -o remount,rw /c; touch /c/planted'`,
    refused:
      /touch: .*Read-only file system[^]*(?:ermission denied|not permitted)[^]*touch: .*Read-only file system/u,
  },
  {
    title: 'a new user namespace gives nothing more',
    script: `unshare -Urm sh -c 'mkdir -p /tmp/m; mount -t debugfs none /tmp/m; mknod /tmp/m/x b 7 0; echo x >/proc/sys/kernel/core_pattern'`,
    refused: /(?:permission denied|not permitted)[^]*(?:not permitted|denied|Read-only)/u,
  },
];

/** A container that gives up all that Docker can give up. */
const BARE =
  'docker run --rm --privileged --security-opt seccomp=unconfined --pid host --ipc host --network host --cgroupns host -v /:/host';

const CONTAINERS: readonly Attack[] = [
  {
    title: 'without Docker’s filter a container still has the machine’s',
    script: `${BARE} busybox grep -E '^(Seccomp|CapEff):' /proc/self/status`,
    refused: /^Seccomp:\s+2$/mu,
  },
  {
    title: 'settings of the kernel through a container',
    script: `${BARE} busybox sh -c 'echo "|/x" > /proc/sys/kernel/core_pattern; echo "|/x" > /host/proc/sys/kernel/core_pattern; cat /proc/sys/kernel/core_pattern'`,
    refused: /(?:\/proc\/sys\/kernel\/core_pattern: (?:Permission denied|Read-only file system)\n.*){2}/u,
  },
  {
    title: 'a working folder that is a file of the runtime (CVE-2024-21626)',
    script: `for fd in 3 4 5 6 7 8 9 10 11 12; do docker run --rm -w /proc/self/fd/$fd busybox sh -c 'ls -a ../../../../ 2>/dev/null | grep -E "^(workbench|catalog|slipway)$"' 2>/dev/null && echo seen; done; echo done`,
    refused: /^done\n$/u,
  },
  {
    title: 'the runtime’s own program overwritten from a container (CVE-2019-5736)',
    script: `before=$(sha256sum $(command -v crun)); docker run --rm --privileged busybox sh -c 'for p in /proc/[0-9]*/exe; do echo x > $p; done' >/dev/null 2>&1
      test "$before" = "$(sha256sum $(command -v crun))" && echo unchanged`,
    refused: /^unchanged\n$/u,
  },
  {
    title: 'an archive of an image whose layer climbs out',
    script: `${IN_FOLDER}; mkdir -p layer; echo planted > layer/x; ln -s / layer/way
      tar -C layer -cPf layer.tar --transform 's,^x$,../../../../../../planted,' x
      tar -C layer -rPf layer.tar way; tar -C layer -rPf layer.tar --transform 's,^x$,way/planted,' x
      tar -tPf layer.tar | grep -c planted; docker import layer.tar climbs 2>&1 | tail -1; docker run --rm climbs /none 2>&1 | tail -1
      ls /planted /var/lib/docker/planted /var/lib/planted /var/planted /var/lib/docker/layers/planted; echo done`,
    refused: /^2\n[^]*(?:ls: cannot access '[^']*planted': No such file or directory\n){5}done\n$/u,
  },
  {
    title: 'a build context that climbs out',
    script: `${IN_FOLDER}; printf 'FROM busybox\\nCOPY . /c\\nADD layer.tar /d/\\n' > Dockerfile; echo planted > x; ln -s /etc way
      tar -cPf layer.tar --transform 's,^x$,../../../../../../planted,' x
      tar -cPf context.tar Dockerfile layer.tar way; tar -rPf context.tar --transform 's,^x$,way/planted,' x; tar -rPf context.tar --transform 's,^x$,../../../planted,' x
      tar -tPf context.tar | grep -c planted; docker build -q - < context.tar >/dev/null 2>&1; ls /planted /etc/planted /var/lib/docker/planted /var/planted /var/lib/planted; echo done`,
    refused: /^2\n[^]*(?:ls: cannot access '[^']*planted': No such file or directory\n){5}done\n$/u,
  },
  {
    title: 'a container’s link that docker cp would follow out',
    script: `docker run -d --name leads busybox sh -c 'ln -s / /way; sleep 60' >/dev/null; ${IN_FOLDER}; echo planted > cp-planted
      docker cp cp-planted leads:/way/ ; ls /cp-planted; docker cp leads:/way/etc/hostname out; cmp -s out /etc/hostname && echo leaked; docker rm -f leads >/dev/null; echo done`,
    refused: /ls: cannot access '\/cp-planted': No such file or directory\n(?!leaked)[^]*done\n$/u,
  },
  ...[
    ['docker import', 'timeout 10 docker import http://169.254.169.254/latest/meta-data/'],
    ['docker pull', 'timeout 10 docker pull 169.254.169.254/library/x'],
    ['ADD', "printf 'FROM busybox\\nADD http://169.254.169.254/x /x\\n' | timeout 10 docker build -"],
  ].map(([what = '', script = '']) => ({
    title: `${what}: a cloud’s metadata address`,
    script: `${script} 2>&1 | tail -1`,
    refused: /169\.254\.169\.254.*(?:unreachable|ENETUNREACH|may reach)/u,
  })),
];

/** What the kernel has for all sessions together, and files that all of them open. */
const SHARED: readonly Attack[] = [
  ...[
    ['a lease on a file of all sessions, for which everybody else would wait', '/oci-layout', 1024],
    ['a lease, asked for with bits that the kernel does not look at', '/oci-layout', 2 ** 32 + 1024],
    ['word of what others do in a folder of all sessions', '', 1026],
  ].map(([title = '', file = '', command = 0]) => ({
    title: `fcntl: ${title}`,
    script: `exec 3</opt/slipway/catalog${file}; sys fcntl 3 ${command} 1`,
    refused: NOT_PERMITTED,
    control: {
      script: `${IN_FOLDER}; touch oci-layout; exec 3<.${file}; sys fcntl 3 ${command} 1`,
      expected: /^answered: 0$/mu,
    },
  })),
  ...[
    ['receive', 5],
    ['send', 13],
  ].map(([way = '', option = 0]) => ({
    title: `packets: a ring to ${way}, which is memory that no control group counts`,
    script: `perl -e 'socket(my $s, 17, 3, 0) or die "raw: $!\n"; print setsockopt($s, 263, ${option}, pack("I4", 65536, 1, 2048, 32)) ? "mapped\n" : "refused: $!\n"'`,
    refused: NOT_PERMITTED,
    control: { expected: /^mapped$/mu },
  })),
  {
    title: 'io_setup: events that the kernel has a fixed number of',
    script: 'sys io_setup 1 context-of-8-bytes',
    refused: NOT_PERMITTED,
    control: { expected: SEES_IT },
  },
];

const NETWORK: readonly Attack[] = [
  {
    title: 'names of a cloud’s metadata',
    script: 'timeout 5 getent hosts metadata.google.internal instance-data.ec2.internal || echo unknown',
    refused: /^unknown\n$/u,
  },
  {
    title: 'netlink: addresses of the host’s neighbours',
    script: 'ip neighbour show; ip -6 neighbour show; ip rule | wc -l; echo done',
    refused: /^\d+\ndone\n$/u,
  },
  {
    title: 'a cloud’s metadata address',
    script: 'timeout 3 bash -c "exec 3<>/dev/tcp/169.254.169.254/80"',
    refused: /Network is unreachable/u,
  },
  {
    title: 'a public address',
    script: 'timeout 3 bash -c "exec 3<>/dev/tcp/192.0.2.1/443"',
    refused: /Network is unreachable/u,
  },
  {
    title: 'interfaces: its own loopback and bridges, nothing of the host',
    script: `ip -o link | sed -E 's/^[0-9]+: ([a-z0-9]+).*/\\1/'; ip route show default; echo done`,
    refused: /^lo\n(?:(?:docker0|br\w+|veth\w+)\n)*done\n$/u,
  },
  {
    title: 'raw packets leave by no interface',
    script: `perl -e 'use Socket; socket(my $s, 17, 3, 0x0300) or die "raw: $!\\n"; print "opened\\n"' ; ls /sys/class/net | grep -vE '^(lo|docker0|br-?[0-9a-f]+|veth[0-9a-f]+)$'; echo done`,
    refused: /^opened\ndone\n$/u,
    control: { expected: /^opened\n/u },
  },
  {
    title: 'netlink: the host’s audit',
    script: `perl -e 'use Socket; socket(my $s, 16, 3, 9) or die "refused: $!\\n"; send($s, pack("LSSLL", 16, 1000, 5, 1, 0), 0); recv($s, my $b, 100, 0); my @f = unpack("LSSLLl", $b); $! = -$f[5]; print "answer: $!\\n"'`,
    refused: /refused: |answer: (?:Operation not permitted|Connection refused)/u,
  },
];

export const ATTACKS: readonly Attack[] = [
  ...[CALLS, FAMILIES, DEVICES, KERNEL_FILES, MOUNTS, CONTAINERS, SHARED, NETWORK].flat(),
];
