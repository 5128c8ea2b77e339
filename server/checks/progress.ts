import type { Task as LessonTask } from '../../lessons/exercises.ts';
import type { EngineClient } from '../engine/client.ts';
import type { EngineEvent } from '../engine/schemas.ts';
import type { TaskView } from '../protocol.ts';
import { lookAt, type EngineView } from './engine-view.ts';
import { followEvents } from './event-stream.ts';
import { changesSilently, judge, type CheckResult } from './judge.ts';
import { familiarName } from './names.ts';

/** Between the end of one round and the next, in milliseconds; a slow engine gets a longer rest. */
const REST_MS = 30;
const REST_FACTOR = 2;

/** When to look after a command was entered: what it changes may send no event. In milliseconds. */
const SOON_AFTER_COMMAND_MS = 250;
const LATE_AFTER_COMMAND_MS = 1500;

/** A round that takes longer is given up, in milliseconds: the engine is busy, and sends events when it is done. */
const ROUND_MAX_MS = 5000;

/** Events remembered for checks that ask what has happened, and code units of all of them together. */
const EVENTS_MAX = 1000;
const EVENTS_MAX_LENGTH = 1024 * 1024;

type Task = Pick<LessonTask, 'id' | 'checks'>;

export interface ProgressOptions {
  readonly engine: EngineClient;
  readonly tasks: readonly Task[];
  /** Ids of tasks done before. */
  readonly done: readonly string[];
  /** All tasks, whenever one of them looks different. */
  readonly onTasks: (tasks: readonly TaskView[]) => void;
  /** All ids that are done, whenever there is one more. */
  readonly onDone: (done: readonly string[]) => void;
}

/**
 * Judges the tasks of one running machine: on every event of its engine, one round at a time. What happens during a
 * round is looked at in one further round.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #done: Set<string>;
  readonly #findings = new Map<string, TaskView['findings']>();
  readonly #events: EngineEvent[] = [];
  #eventsLength = 0;
  readonly #expected: ReadonlySet<string>;
  readonly #closed = new AbortController();
  #soon: NodeJS.Timeout | undefined;
  #late: NodeJS.Timeout | undefined;
  #judging = false;
  /** Rounds asked for so far. */
  #asked = 0;
  #shown = '';

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#done = new Set(options.done);
    this.#expected = namesIn(options.tasks);
    if (this.#open().length === 0) return;
    void followEvents(
      options.engine,
      { connected: () => this.touch(), event: (event) => this.#remember(event) },
      this.#closed.signal,
    );
  }

  /** Something may have changed: look now, or right after the round that is under way. */
  touch(): void {
    this.#asked += 1;
    if (!this.#judging) void this.#judgeUntilQuiet();
  }

  /** A line was entered in a terminal. */
  commandEntered(): void {
    if (!this.#open().some(({ checks }) => checks.some(changesSilently))) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.touch();
    }, SOON_AFTER_COMMAND_MS);
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.touch(), LATE_AFTER_COMMAND_MS);
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#soon);
    clearTimeout(this.#late);
  }

  #remember(event: EngineEvent): void {
    this.#events.push(event);
    this.#eventsLength += lengthOf(event);
    while (this.#events.length > EVENTS_MAX || this.#eventsLength > EVENTS_MAX_LENGTH)
      this.#eventsLength -= lengthOf(this.#events.shift());
    this.touch();
  }

  async #judgeUntilQuiet(): Promise<void> {
    this.#judging = true;
    let answered = -1;
    while (answered !== this.#asked && !this.#isClosed()) {
      answered = this.#asked;
      const begunMs = performance.now();
      await this.#judgeOpen();
      const restMs = Math.max(REST_MS, (performance.now() - begunMs) * REST_FACTOR);
      if (answered !== this.#asked) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    this.#judging = false;
  }

  async #judgeOpen(): Promise<void> {
    const open = this.#open();
    if (open.length === 0 || this.#isClosed()) return;
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(ROUND_MAX_MS)]);
    const view = lookAt(this.#options.engine, { events: this.#events, expected: this.#expected, signal });
    const newlyDone = await Promise.all(open.map((task) => this.#judgeTask(task, view)));
    if (this.#isClosed()) return;
    if (newlyDone.includes(true)) this.#options.onDone([...this.#done]);
    this.#show();
  }

  async #judgeTask({ id, checks }: Task, view: EngineView): Promise<boolean> {
    try {
      const findings = await Promise.all(checks.map((check) => judge(check, view)));
      if (this.#isClosed()) return false;
      this.#findings.set(id, distinct(findings));
      if (!findings.every(({ passed }) => passed)) return false;
      this.#done.add(id);
      return true;
    } catch {
      // The engine did not answer: what was found before stands, and the next event brings the next look.
      return false;
    }
  }

  #show(): void {
    const tasks = this.#options.tasks.map(({ id }): TaskView => {
      const findings = this.#findings.get(id) ?? [];
      return { id, state: this.#done.has(id) ? 'done' : 'open', findings };
    });
    const shown = JSON.stringify(tasks);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#options.onTasks(tasks);
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  #open(): Task[] {
    return this.#options.tasks.filter(({ id }) => !this.#done.has(id));
  }
}

const lengthOf = (event: EngineEvent | undefined): number => JSON.stringify(event ?? '').length;

/** All images and containers that the tasks are about. */
function namesIn(tasks: readonly Task[]): Set<string> {
  const names = new Set<string>();
  for (const check of tasks.flatMap(({ checks }) => checks)) {
    if ('image' in check && check.image !== undefined) names.add(familiarName(check.image));
    if ('parent' in check) names.add(familiarName(check.parent));
    if ('name' in check && check.name !== undefined) names.add(check.name);
  }
  return names;
}

/** One sentence once: several checks of a task may miss the same image. */
function distinct(findings: readonly CheckResult[]): CheckResult[] {
  return findings.filter(
    ({ message }, index) => findings.findIndex((other) => other.message === message) === index,
  );
}
