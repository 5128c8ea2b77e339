import type { Attachable } from './attachment.ts';
import type { Cgroup } from './cgroups.ts';
import type { ProcessInput, RunningProcess } from './crun.ts';
import type { Exec } from './exec.ts';
import { Lock } from './lock.ts';
import type { LogFile } from './log-file.ts';
import type { ContainerRecord } from './model.ts';
import type { Networking } from './networking.ts';
import { Output } from './streams.ts';

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

export interface WaitResult {
  readonly exitCode: number;
  readonly error?: string;
}

/** What exists of a container only while it runs. */
export interface Run {
  readonly process: RunningProcess;
  readonly log: LogFile;
  /** Merged root in the session. */
  readonly root: string;
  readonly cgroup?: Cgroup | undefined;
  /** Resolves when the container is exited for everyone to see, and nothing of the run is left. */
  readonly over: Promise<void>;
}

/** A container in memory: its record on disk, its streams, and who waits for it. */
export class Container implements Attachable {
  readonly record: ContainerRecord;
  /** Its folder on the session's disk. */
  readonly folder: string;
  readonly stdout = new Output();
  readonly stderr = new Output();
  readonly execs = new Map<string, Exec>();
  /** Changes of state, one after another. */
  readonly lock = new Lock();
  /** Of its record to disk, one after another. */
  readonly writes = new Lock();
  run: Run | undefined;
  /** Kept in memory only: gone when the engine ends. */
  transient = false;
  /** Where it gets its connection, when not as every container does. */
  network: Pick<Networking, 'connect' | 'disconnect'> | undefined;
  /** Where it gets its control group, when not one of its own. */
  group: { lend(record: ContainerRecord): Promise<Cgroup | undefined> } | undefined;
  /** The terminal's size as the client last told it, also before the start. */
  size: { columns: number; rows: number };
  #waiters: { readonly condition: WaitCondition; readonly resolve: (result: WaitResult) => void }[] = [];
  #started = deferred<ProcessInput | undefined>();

  constructor(record: ContainerRecord, folder: string) {
    this.record = record;
    this.folder = folder;
    const [rows, columns] = record.hostConfig.ConsoleSize;
    this.size = { columns: columns || 80, rows: rows || 24 };
  }

  get id(): string {
    return this.record.id;
  }

  get isRunning(): boolean {
    return this.run !== undefined;
  }

  /** Ends when a run whose process has ended is tidied up: what is seen as exited is not running to anybody. */
  async tidied(): Promise<void> {
    if (this.run !== undefined && this.record.state.status === 'exited') await this.run.over;
  }

  get logPath(): string {
    return `${this.folder}/${this.record.id}-json.log`;
  }

  input(): Promise<ProcessInput | undefined> {
    return this.record.config.OpenStdin ? this.#started.promise : Promise.resolve(undefined);
  }

  began(run: Run): void {
    this.run = run;
    this.#started.resolve(run.process.io.stdin);
  }

  ended(result: WaitResult): void {
    this.run = undefined;
    // They have ended with it, and those that never began cannot any more.
    this.execs.clear();
    this.#started = deferred();
    this.#settle(['not-running', 'next-exit'], result);
  }

  removed(): void {
    this.#settle(['not-running', 'next-exit', 'removed'], { exitCode: this.record.state.exitCode });
  }

  wait(condition: WaitCondition): Promise<WaitResult> {
    if (condition === 'not-running' && !this.isRunning && this.record.state.status !== 'restarting') {
      return Promise.resolve({ exitCode: this.record.state.exitCode });
    }
    return new Promise((resolve) => this.#waiters.push({ condition, resolve }));
  }

  #settle(conditions: readonly WaitCondition[], result: WaitResult): void {
    const settled = this.#waiters.filter((waiter) => conditions.includes(waiter.condition));
    this.#waiters = this.#waiters.filter((waiter) => !conditions.includes(waiter.condition));
    for (const waiter of settled) waiter.resolve(result);
  }
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
