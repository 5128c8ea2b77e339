/** The part of the OCI runtime specification's `linux.seccomp` that is used here. */
export interface SeccompProfile {
  readonly defaultAction: 'SCMP_ACT_ERRNO';
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}

interface SeccompArgument {
  readonly index: number;
  readonly value: number;
  readonly op: 'SCMP_CMP_EQ' | 'SCMP_CMP_LE';
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/**
 * The filter of a whole session: containers in it can only become narrower. A list of what is allowed; a system call
 * that is not in any list here – and whichever a later kernel adds – answers "not implemented", so that libraries
 * fall back. Beside what Docker allows to containers by default, a nested engine needs namespaces and mounts.
 * Only the native ABI is let in: 32-bit programs end, and with them a second, less tested entry to the kernel.
 */
export function seccompProfile(machine: 'x64' | 'arm64'): SeccompProfile {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    architectures: [machine === 'x64' ? 'SCMP_ARCH_X86_64' : 'SCMP_ARCH_AARCH64'],
    syscalls: [
      { names: ALLOWED, action: 'SCMP_ACT_ALLOW' },
      ...(machine === 'x64' ? [{ names: ALLOWED_ON_X64, action: 'SCMP_ACT_ALLOW' } as const] : []),
      { names: REFUSED, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
      ...SOCKET_FAMILIES.map((value): SeccompRule => ({
        names: ['socket'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      })),
      ...OTHER_SOCKET_FAMILIES.map((value): SeccompRule => ({
        names: ['socket'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: EAFNOSUPPORT,
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      })),
      ...PERSONALITIES.map((value): SeccompRule => ({
        names: ['personality'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      })),
      ...fileControls(),
      ...socketOptions(),
    ],
  };
}

/**
 * No leases (fcntl(2)): who holds one lets everybody else wait for 45 seconds who opens that file, and files of the
 * catalog and the runtime are all sessions'. No signals about the folders that others look into either (F_NOTIFY).
 */
function fileControls(): SeccompRule[] {
  const command = (op: SeccompArgument['op'], value: number): readonly SeccompArgument[] => [
    { index: 1, value, op },
  ];
  return [
    { names: ['fcntl'], action: 'SCMP_ACT_ALLOW', args: command('SCMP_CMP_LE', F_LINUX_SPECIFIC - 1) },
    ...F_HARMLESS.map((value): SeccompRule => ({
      names: ['fcntl'],
      action: 'SCMP_ACT_ALLOW',
      args: command('SCMP_CMP_EQ', value),
    })),
    ...F_OF_OTHERS.map((value): SeccompRule => ({
      names: ['fcntl'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: EPERM,
      args: command('SCMP_CMP_EQ', value),
    })),
  ];
}

/** Sockets of packets without rings: those are memory of the kernel that no control group counts, a gigabyte a call. */
function socketOptions(): SeccompRule[] {
  const rule = (
    action: SeccompRule['action'],
    op: SeccompArgument['op'],
    level: number,
    option?: number,
  ): SeccompRule => ({
    names: ['setsockopt'],
    action,
    ...(action === 'SCMP_ACT_ERRNO' ? { errnoRet: EPERM } : {}),
    args: [
      { index: 1, value: level, op },
      ...(option === undefined ? [] : [{ index: 2, value: option, op: 'SCMP_CMP_EQ' } as const]),
    ],
  });
  return [
    rule('SCMP_ACT_ALLOW', 'SCMP_CMP_LE', SOL_PACKET - 1),
    ...OTHER_LEVELS.map((level) => rule('SCMP_ACT_ALLOW', 'SCMP_CMP_EQ', level)),
    ...PACKET_OPTIONS.map((option) => rule('SCMP_ACT_ALLOW', 'SCMP_CMP_EQ', SOL_PACKET, option)),
    ...PACKET_RINGS.map((option) => rule('SCMP_ACT_ERRNO', 'SCMP_CMP_EQ', SOL_PACKET, option)),
  ];
}

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET: those that a network namespace really separates. */
const SOCKET_FAMILIES = [1, 2, 10, 16, 17];

/** The rest, named so that programs get the errno they expect. AF_VSOCK (40) would reach the hypervisor, AF_ALG (38) keys. */
const OTHER_SOCKET_FAMILIES = [
  0, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
  34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
];

/** PER_LINUX, PER_LINUX32 and UNAME26 in their combinations, and the question which one it is. */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/**
 * Commands of fcntl (linux/fcntl.h). The filter compares 64 bits, of which the kernel then looks at 32: what is allowed
 * is named, since what is only left out could be asked for with other bits set.
 */
const F_LINUX_SPECIFIC = 1024;
/** F_SETLEASE, F_NOTIFY. */
const F_OF_OTHERS = [1024, 1026];
/** F_GETLEASE, F_DUPFD_QUERY … F_SET_FILE_RW_HINT. */
const F_HARMLESS = [1025, ...range(1027, 1038)];

/** Levels and options of setsockopt (linux/socket.h, linux/if_packet.h). */
const SOL_PACKET = 263;
const OTHER_LEVELS = range(264, 290);
/** PACKET_RX_RING, PACKET_TX_RING. */
const PACKET_RINGS = [5, 13];
const PACKET_OPTIONS = range(1, 24).filter((option) => !PACKET_RINGS.includes(option));

const words = (text: string): string[] => text.trim().split(/\s+/);

const ALLOWED = words(`
  accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chroot clock_getres
  clock_gettime clock_nanosleep clone clone3 close close_range connect copy_file_range creat dup dup2 dup3
  epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
  eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fanotify_mark fchdir fchmod
  fchmodat fchmodat2 fchown fchownat fdatasync fgetxattr flistxattr flock fork fremovexattr fsconfig fsetxattr
  fsmount fsopen fspick fstat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake
  futimesat getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp
  getpid getppid getpriority getrandom getresgid getresuid getrlimit get_robust_list getrusage getsid getsockname
  getsockopt get_thread_area gettid gettimeofday getuid getxattr getxattrat inotify_add_watch inotify_init
  inotify_init1 inotify_rm_watch ioctl ioprio_get ioprio_set ipc kcmp kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link
  linkat listen listmount listxattr listxattrat llistxattr lremovexattr lseek lsetxattr lstat madvise map_shadow_stack membarrier
  memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mount mount_setattr
  move_mount mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl
  msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat open openat openat2
  open_tree pause pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect
  poll ppoll prctl pread64 preadv preadv2 prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6
  ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg
  remap_file_pages removexattr removexattrat rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
  rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
  sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler
  sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select
  semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto setdomainname setfsgid setfsuid setgid setgroups
  sethostname setitimer setns setpgid setpriority setregid setresgid setresuid setreuid setrlimit set_robust_list
  setsid set_thread_area set_tid_address setuid setxattr setxattrat shmat shmctl shmdt shmget shutdown
  sigaltstack signalfd signalfd4 socketpair splice stat statfs statmount statx symlink symlinkat sync sync_file_range
  syncfs sysinfo tee tgkill time timer_create timer_delete timerfd_create timerfd_gettime timerfd_settime
  timer_getoverrun timer_gettime timer_settime times tkill truncate umask umount2 uname unlink unlinkat unshare
  utime utimensat utimes vfork vhangup vmsplice wait4 waitid write writev
`);

const ALLOWED_ON_X64 = words('arch_prctl modify_ldt');

/**
 * Known and refused: they act on the whole machine or have been ways out of containers. Keyrings are not here: crun
 * takes "not implemented" as a reason to go on without one, and "not permitted" as a failure. Nor is io_setup, of which
 * the kernel has 65,536 events for all together: databases do without when it is not implemented.
 */
const REFUSED = words(`
  acct bpf clock_adjtime clock_settime delete_module fanotify_init finit_module get_mempolicy init_module io_uring_enter
  io_uring_register io_uring_setup ioperm iopl kexec_file_load kexec_load lookup_dcookie mbind migrate_pages move_pages
  nfsservctl open_by_handle_at perf_event_open process_madvise quotactl quotactl_fd reboot set_mempolicy
  set_mempolicy_home_node settimeofday stime swapoff swapon sysfs syslog uselib userfaultfd ustat vm86 vm86old
`);
