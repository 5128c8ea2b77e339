import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Set for the inner program: the mount namespace it was started from. */
const MARK = 'SLIPWAY_OUTER_NAMESPACE';

const mountNamespace = (): string => readlinkSync('/proc/self/ns/mnt');

/** Whether this program already runs in namespaces that `runInNamespaces` made. */
export function inNamespaces(environment: NodeJS.ProcessEnv = process.env): boolean {
  const outer = environment[MARK];
  return outer !== undefined && outer !== mountNamespace();
}

export interface NamespaceOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Adds an IPC channel between this process and the inner one. */
  readonly ipc?: boolean;
}

/**
 * The command that runs a program in a mount namespace and a pid namespace of its own. All mounts that the program makes
 * are seen by it alone; and when it ends – killed or not – the kernel ends every process below it, sessions included,
 * and with them go the mounts and the loop devices. The shell in between is process 1: it collects orphans.
 * `setpriv` passes a death of this process on, `--kill-child` that of `unshare`.
 */
export function namespaceCommand(command: string, args: readonly string[]): [string, string[]] {
  return [
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'slave'],
      ...['--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', '-c', '"$@"; exit $?', 'slipway', command, ...args],
    ],
  ];
}

export const namespaceEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  [MARK]: mountNamespace(),
});

/** For a program that is to make namespaces of its own, inside those of this one. */
export const withoutNamespaces = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  [MARK]: undefined,
});

const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs the program in namespaces of its own, passes signals on, and resolves to its exit status. */
export function runInNamespaces({
  command,
  args,
  environment,
}: Omit<NamespaceOptions, 'ipc'>): Promise<number> {
  return new Promise((resolve, reject) => {
    const [outer, outerArgs] = namespaceCommand(command, args);
    // In a group of its own: a terminal's Ctrl-C comes to this process alone, which passes it on once.
    const child = spawn(outer, outerArgs, {
      stdio: 'inherit',
      env: namespaceEnvironment(environment),
      detached: true,
    });
    // Before the program is there nothing is lost by ending what would start it.
    const forward = (signal: NodeJS.Signals): void => {
      if (!signalInner(child.pid, signal)) child.kill('SIGKILL');
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const done = (): void => FORWARDED.forEach((signal) => process.off(signal, forward));
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      done();
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}

/** Signals the program below `unshare` and its shell; both of them ignore what is meant for it. False before it is there. */
export function signalInner(unshare: number | undefined, signal: NodeJS.Signals): boolean {
  const shell = firstChild(unshare);
  const program = firstChild(shell);
  if (program === undefined) return false;
  try {
    process.kill(program, signal);
  } catch {
    // It has just ended.
  }
  return true;
}

function firstChild(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const first = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0];
    return first ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}
