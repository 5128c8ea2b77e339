import { spawn, type ChildProcess } from 'node:child_process';
import { connectSupervisor } from './channel.ts';
import { namespaceCommand, namespaceEnvironment, signalInner } from './namespaces.ts';
import type { SupervisorOptions } from './options.ts';
import { SupervisorError, type Supervisor } from './supervisor.ts';

/** A supervisor in a process and namespaces of its own. */
export interface SpawnedSupervisor {
  readonly supervisor: Supervisor;
  /** The process that everything of the supervisor hangs on: when it is killed, all of it ends. */
  readonly process: ChildProcess;
  /** Stops all sessions and ends the process. */
  close(): Promise<void>;
  /** Ends the supervisor's own process as a crash would. */
  kill(): Promise<void>;
}

export interface SpawnOptions extends SupervisorOptions {
  /** `sandbox/host/main.ts`, bundled for Node. */
  readonly program: string;
  /** A command that prepares the process's surroundings and then becomes the command that follows it. */
  readonly within?: readonly string[];
  /** Makes the process print what each step of a boot took. */
  readonly phases?: boolean;
}

/** Starts a supervisor as a child of this process, which must be root. It ends with this process. */
export async function spawnSupervisor({
  program,
  phases = false,
  within = [],
  ...options
}: SpawnOptions): Promise<SpawnedSupervisor> {
  const inner = namespaceCommand(process.execPath, [
    program,
    JSON.stringify(options),
    ...(phases ? ['--phases'] : []),
  ]);
  const [command, ...args] = [...within, inner[0], ...inner[1]] as [string, ...string[]];
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    env: namespaceEnvironment(process.env),
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  await started(child, phases);
  return {
    supervisor: connectSupervisor(child),
    process: child,
    close: async () => {
      signalInner(child.pid, 'SIGTERM');
      await exited;
    },
    kill: async () => {
      signalInner(child.pid, 'SIGKILL');
      await exited;
    },
  };
}

function started(child: ChildProcess, echo: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4096);
      if (echo) process.stderr.write(text);
    });
    child.on('error', reject);
    child.on('exit', () =>
      reject(new SupervisorError('failed', words.trim() || 'The supervisor ended while it started.')),
    );
    child.once('message', () => resolve());
  });
}
