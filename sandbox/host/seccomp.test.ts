import { describe, expect, it } from 'vitest';
import { seccompProfile } from './seccomp.ts';

const profile = seccompProfile('x64');

/** What the filter does with a call that has these arguments. */
function verdict(name: string, ...given: number[]): string {
  const rule = profile.syscalls.find(
    ({ names, args = [] }) =>
      names.includes(name) &&
      args.every(({ index, value, op }) => {
        const argument = given[index] ?? 0;
        return op === 'SCMP_CMP_LE' ? argument <= value : argument === value;
      }),
  );
  return rule === undefined
    ? `errno ${profile.defaultErrnoRet}`
    : rule.action === 'SCMP_ACT_ALLOW'
      ? 'allow'
      : `errno ${rule.errnoRet ?? 0}`;
}

describe('the seccomp profile', () => {
  it.each(
    'mount umount2 pivot_root unshare setns clone clone3 mknod open_tree move_mount fsopen fsmount ptrace'.split(
      ' ',
    ),
  )('lets a nested engine use %s', (name) => expect(verdict(name)).toBe('allow'));

  it.each(
    (
      'bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register kexec_load kexec_file_load init_module ' +
      'finit_module delete_module swapon swapoff reboot quotactl quotactl_fd open_by_handle_at settimeofday clock_settime iopl syslog'
    ).split(' '),
  )('refuses %s', (name) => expect(verdict(name)).toBe('errno 1'));

  it.each(['keyctl', 'add_key', 'request_key', 'io_setup', 'a_call_of_tomorrow'])(
    'answers that %s is not implemented',
    (name) => expect(verdict(name)).toBe('errno 38'),
  );

  it('lets in the socket families that a network namespace separates', () => {
    expect([1, 2, 10, 16, 17].map((family) => verdict('socket', family))).toEqual(Array(5).fill('allow'));
    expect([38, 40, 44].map((family) => verdict('socket', family))).toEqual(Array(3).fill('errno 97'));
  });

  const HIGH_BIT = 2 ** 32;

  it('lets files be locked and their sizes be sealed, and nobody hold up what others open', () => {
    const F = { DUPFD: 0, SETLKW: 7, OFD_SETLK: 37, DUPFD_CLOEXEC: 1030, SETPIPE_SZ: 1031, ADD_SEALS: 1033 };
    expect(Object.values(F).map((command) => verdict('fcntl', 3, command))).toEqual(Array(6).fill('allow'));
    const [SETLEASE, NOTIFY, SETDELEG] = [1024, 1026, 1040];
    expect([SETLEASE, NOTIFY].map((command) => verdict('fcntl', 3, command))).toEqual(['errno 1', 'errno 1']);
    expect(
      [SETDELEG, HIGH_BIT + SETLEASE, HIGH_BIT + 7].map((command) => verdict('fcntl', 3, command)),
    ).toEqual(Array(3).fill('errno 38'));
  });

  it('lets options of sockets be set, and no socket of packets have a ring', () => {
    const [SOL_SOCKET, SOL_PACKET, SOL_NETLINK] = [1, 263, 270];
    expect(verdict('setsockopt', 3, SOL_SOCKET, 5)).toBe('allow');
    expect(verdict('setsockopt', 3, SOL_NETLINK, 13)).toBe('allow');
    const [VERSION, RX_RING, TX_RING] = [10, 5, 13];
    expect(verdict('setsockopt', 3, SOL_PACKET, VERSION)).toBe('allow');
    expect(verdict('setsockopt', 3, SOL_PACKET, RX_RING)).toBe('errno 1');
    expect(verdict('setsockopt', 3, SOL_PACKET, TX_RING)).toBe('errno 1');
    expect(verdict('setsockopt', 3, SOL_PACKET, HIGH_BIT + RX_RING)).toBe('errno 38');
    expect(verdict('setsockopt', 3, HIGH_BIT + SOL_PACKET, RX_RING)).toBe('errno 38');
  });

  it('names no call twice', () => {
    const names = profile.syscalls.filter(({ args }) => args === undefined).flatMap((rule) => rule.names);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('knows one entry to the kernel only', () => {
    expect(profile.architectures).toEqual(['SCMP_ARCH_X86_64']);
    expect(seccompProfile('arm64').architectures).toEqual(['SCMP_ARCH_AARCH64']);
  });
});
