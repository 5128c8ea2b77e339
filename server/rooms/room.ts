import type { LessonStanding, MapGoal, TaskView } from '../protocol.ts';
import type { Explanation } from '../../lessons/explanations.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import type { HubView } from '../checks/engine-view.ts';
import { Explainer } from '../explain/explainer.ts';
import { NO_MEMORY, type Course, type CourseMemory, type CourseOptions } from '../lessons/course.ts';
import { Refusal } from '../refusal.ts';
import type { OwnedSession } from '../sessions/sessions.ts';
import { sessionView } from '../sessions/view.ts';
import { Fullness } from './fullness.ts';
import { Machine } from './machine.ts';
import type { MeasuredUsage } from './measured.ts';
import type { Page } from './page.ts';
import type { TerminalPage } from '../terminals/terminal.ts';

export interface RoomOptions {
  readonly session: OwnedSession;
  readonly lesson: LessonSource | undefined;
  /** Of messages that trip people up. */
  readonly explanations: readonly Explanation[];
  /** The learner's own repositories on the hub. */
  readonly hub: HubView;
  /** Keeps which exercises are done. */
  readonly recordDone: (doneTasks: readonly string[]) => void;
  /** Keeps what the course has made ready. */
  readonly recordCourse: (memory: CourseMemory) => void;
  /** A step of the lesson begins: the machine as it is now is worth keeping. */
  readonly keep: (step: string) => void;
}

/** One session and the pages that show it. */
export class Room {
  readonly #options: RoomOptions;
  readonly #pages = new Map<Page, TerminalPage>();
  #session: OwnedSession;
  #machine: Machine | undefined;
  #tasks: readonly TaskView[];
  #standing: LessonStanding = { values: {}, steps: {} };
  /** As JSON. */
  #shownGoal = 'null';

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#tasks = openTasks(options.lesson, options.session.record.doneTasks);
    this.update(options.session);
  }

  get session(): OwnedSession {
    return this.#session;
  }

  get empty(): boolean {
    return this.pages === 0;
  }

  get pages(): number {
    return this.#pages.size;
  }

  filesChanged(): void {
    this.#machine?.course?.commandEntered();
  }

  get usage(): MeasuredUsage | undefined {
    return this.#machine?.usage;
  }

  /** The running machine, its terminals known. */
  async machine(): Promise<Machine> {
    const machine = this.#machine;
    if (!machine) throw new Refusal('conflict', 'The machine is not running.');
    await machine.ready;
    return machine;
  }

  /** The lesson on the running machine. */
  async course(): Promise<Course> {
    const { course } = await this.machine();
    if (!course) throw new Refusal('conflict', 'This machine has no lesson.');
    return course;
  }

  /** What the lesson's first open task asks for; null while there is no machine, too. */
  get goal(): MapGoal | null {
    return this.#machine?.course?.goal ?? null;
  }

  /** The face of `page` towards terminals: the same object each time. */
  terminalPage(page: Page): TerminalPage {
    const face = this.#pages.get(page);
    if (!face) throw new Refusal('not-found', 'This page has left.');
    return face;
  }

  async join(page: Page): Promise<void> {
    this.#pages.set(page, {
      output: (message) => page.emit('terminal:output', message),
      screen: (message) => page.emit('terminal:screen', message),
    });
    page.emit('session', sessionView(this.#session));
    page.emit('tasks', this.#tasks);
    page.emit('lesson:standing', this.#standing);
    const machine = this.#machine;
    await machine?.ready;
    if (!this.#pages.has(page)) return;
    page.emit('terminals', this.#machine?.terminals.list() ?? []);
    if (!machine) return;
    if (machine.usage) page.emit('usage', machine.usage);
    this.#machine?.watched(true);
    this.#machine?.course?.touch();
  }

  leave(page: Page): void {
    const face = this.#pages.get(page);
    this.#pages.delete(page);
    if (face) this.#machine?.terminals.detach(face);
    if (this.empty) this.#machine?.watched(false);
  }

  /** The session's state has changed. */
  update(session: OwnedSession): void {
    this.#session = session;
    if (session.info.state === 'running') this.#machine ??= this.#connect();
    else this.#disconnect();
    this.#each((page) => page.emit('session', sessionView(session)));
  }

  /** A new disk: all tasks are open again, and what the server held of the old machine is void. */
  reset(session: OwnedSession): void {
    this.#disconnect();
    this.#showTasks(openTasks(this.#options.lesson, session.record.doneTasks));
    this.update(session);
  }

  notice(level: 'info' | 'warning', message: string): void {
    this.#each((page) => page.emit('notice', { level, message }));
  }

  /** The session is gone for good. */
  end(reason: string): void {
    this.#disconnect();
    this.#each((page) => {
      page.emit('ended', { reason });
      page.disconnect();
    });
  }

  close(): void {
    this.#machine?.close();
    this.#machine = undefined;
  }

  #connect(): Machine {
    const fullness = new Fullness();
    const machine: Machine = new Machine({
      engineSocket: this.#session.info.engineSocket,
      course: this.#courseOptions(),
      onTerminals: () => {
        if (this.#machine === machine) this.#each((page) => page.emit('terminals', machine.terminals.list()));
      },
      terminalListener: () => this.#explainer(),
      onUsage: (usage) => {
        this.#each((page) => page.volatile.emit('usage', usage));
        const { limits } = this.#session.info;
        for (const sentence of fullness.told(usage, limits)) this.notice('warning', sentence);
      },
    });
    if (!this.empty) machine.watched(true);
    return machine;
  }

  #explainer(): (output: string) => void {
    const explainer = new Explainer({
      explanations: this.#options.explanations,
      tell: (explanation) => this.#each((page) => page.emit('explanation', explanation)),
    });
    return (output) => explainer.output(output);
  }

  #courseOptions(): Omit<CourseOptions, 'engine'> | undefined {
    const { lesson, hub, recordDone, recordCourse, keep } = this.#options;
    const { owner, course: memory = NO_MEMORY } = this.#session.record;
    return (
      lesson && {
        lesson,
        hub,
        seed: `${owner}\n${lesson.slug}`,
        done: this.#tasks.filter(({ state }) => state === 'done').map(({ id }) => id),
        memory,
        onTasks: (tasks) => this.#showTasks(tasks),
        onDone: recordDone,
        onStanding: (standing) => {
          this.#standing = standing;
          this.#each((page) => page.emit('lesson:standing', standing));
          this.#showGoal();
        },
        onMemory: recordCourse,
        onBegun: keep,
      }
    );
  }

  #disconnect(): void {
    if (!this.#machine) return;
    this.#machine.close();
    this.#machine = undefined;
    this.#each((page) => page.emit('terminals', []));
  }

  #showTasks(tasks: readonly TaskView[]): void {
    this.#tasks = tasks;
    this.#each((page) => page.emit('tasks', tasks));
    this.#showGoal();
  }

  #showGoal(): void {
    const { goal } = this;
    const shown = JSON.stringify(goal);
    if (shown === this.#shownGoal) return;
    this.#shownGoal = shown;
    this.#each((page) => page.emit('map:goal', goal));
  }

  #each(say: (page: Page) => void): void {
    for (const page of this.#pages.keys()) say(page);
  }
}

function openTasks(lesson: LessonSource | undefined, done: readonly string[]): TaskView[] {
  return (lesson?.exercises ?? []).map(({ id }) => ({
    id,
    state: done.includes(id) ? 'done' : 'open',
    findings: [],
  }));
}
