/** One way out of a container that has worked somewhere, as a root shell of a session tries it. */
export interface Attack {
  readonly title: string;
  /** Bash, run in the session; a shell function `sys NAME ARGUMENT…` makes a system call by its number. */
  readonly script: string;
  /** What the session must print: the reason of the refusal, not just that something went wrong. */
  readonly refused: RegExp;
  /**
   * The same attempt as root of the host, in a mount namespace of its own: its answer is another one, which shows that
   * the attempt is a real one and the session is what refuses it.
   */
  readonly control?: { readonly script?: string; readonly expected: RegExp };
}

/** Numbers of system calls, `x64` and `arm64` (the kernel's syscall tables). */
const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  acct: [163, 89],
  add_key: [248, 217],
  fanotify_init: [300, 262],
  fcntl: [72, 25],
  io_setup: [206, 0],
  bpf: [321, 280],
  init_module: [175, 105],
  inotify_init1: [294, 26],
  io_uring_setup: [425, 425],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  move_pages: [279, 239],
  mq_open: [240, 180],
  open_by_handle_at: [304, 265],
  perf_event_open: [298, 241],
  ptrace: [101, 117],
  reboot: [169, 142],
  request_key: [249, 218],
  socket: [41, 198],
  setns: [308, 268],
  swapon: [167, 224],
  syslog: [103, 116],
  userfaultfd: [323, 282],
};

/** perl's `syscall` takes its first argument apart from the rest. */
const CALL = `my ($n, @a) = map { /^-?\\d+$/ ? $_ + 0 : $_ } @ARGV; my $r = syscall($n, @a);
print $r == -1 ? "refused: $!\\n" : "answered: $r\\n"`;

/** Bash that goes before every attack: Debian's smallest system has perl, and perl can make any system call. */
export function attackPrelude(architecture: string): string {
  const names = Object.keys(NUMBERS).map((name) => `${name}) n=${systemCall(name, architecture)};;`);
  return `export LC_ALL=C
sys() { local n; case $1 in ${names.join(' ')} esac; shift; perl -e '${CALL}' -- "$n" "$@"; }
`;
}

/** The number of a system call on this kind of machine. */
export function systemCall(name: string, architecture: string): number {
  const [x64, arm64] = NUMBERS[name] ?? [];
  const number = architecture === 'arm64' ? arm64 : x64;
  if (number === undefined) throw new Error(`The number of ${name} is not known here.`);
  return number;
}
