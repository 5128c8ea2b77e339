import { checksIn } from '../../lessons/checks.ts';
import type { Exercise } from '../../lessons/exercises.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { substituteAll } from '../../lessons/variables.ts';
import { signalWithin } from '../../sandbox/time/limit.ts';
import type { EngineClient } from '../engine/client.ts';
import type { EngineEvent } from '../engine/schemas.ts';
import type { AnswerView, TaskView } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { lookAt, type EngineView, type HubView } from './engine-view.ts';
import { followActivity, followEvents } from './event-stream.ts';
import { checksOf, lookAtExercise, touchesOf, type Finding } from './exercises.ts';
import { Happenings, type Activity } from './happenings.ts';
import type { Touch } from './judge.ts';
import { familiarName } from './names.ts';
import { gradeQuiz, solvedQuiz, type Answer } from './questions.ts';
import { Quiet } from './quiet.ts';
import { captureValues, chosenValues, type Values } from './values.ts';

/** Between the end of one round and the next, in milliseconds; a slow engine gets a longer rest. */
const REST_MS = 30;
const REST_FACTOR = 2;

/** When to look after a command was entered: what it changes may send no event, or take a while. In milliseconds. */
const AFTER_COMMAND_MS = [250, 1500, 4000, 9000, 20_000, 45_000];

/**
 * When to look after something happened in the engine: a program takes a while to answer, and says nothing when it does.
 * In milliseconds.
 */
const AFTER_EVENT_MS = [300, 1000, 2000, 4000, 8000, 16_000, 32_000];

/** A round that takes longer is given up, in milliseconds: the engine is busy. */
const ROUND_MAX_MS = 6000;

/** When to look again at what got no answer, counted from the end of its round; after the last of them only an event does. */
const AFTER_SILENCE_MS = [500, 1000, 2000, 4000, 8000, 16_000, 32_000];

/** When each step began, by its id, in milliseconds since 1970. */
export type StepTimes = Readonly<Record<string, number>>;

export interface ProgressOptions {
  readonly engine: EngineClient;
  readonly lesson: Pick<LessonSource, 'exercises' | 'variables' | 'steps'>;
  /** Decides about the learner's own values: the same ones for the same text. */
  readonly seed: string;
  /** Ids of exercises done before. */
  readonly done: readonly string[];
  readonly begun: StepTimes;
  /** What the lesson as a whole needs is there; until it is released, nothing is judged but what was begun. */
  readonly released: boolean;
  readonly hub?: HubView;
  /** All exercises, whenever one of them looks different. */
  readonly onTasks: (tasks: readonly TaskView[]) => void;
  /** All ids that are done, whenever there is one more. */
  readonly onDone: (done: readonly string[]) => void;
  /** All values that are known, at the start and whenever one changes. */
  readonly onValues?: (values: Values) => void;
}

/**
 * Judges the exercises of one running machine: after events of its engine, once that is quiet for a moment, one round at a
 * time. What happens during a round is looked at in one further round, and each looks at what the events since the last one
 * can have touched.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #done: Set<string>;
  readonly #findings = new Map<string, Finding>();
  readonly #given = new Map<string, Answer>();
  readonly #happened = new Happenings();
  readonly #quiet = new Quiet();
  readonly #touches: ReadonlyMap<string, ReadonlySet<Touch>>;
  readonly #expected: ReadonlySet<string>;
  /** Steps in which something has to be made ready first. */
  readonly #prepared: ReadonlySet<string>;
  readonly #closed = new AbortController();
  #values: Values;
  #begun: StepTimes;
  #released: boolean;
  /** Looks to come, by what they look for. */
  readonly #looks: Record<'silent' | 'late', NodeJS.Timeout[]> = { silent: [], late: [] };
  /** Exercises that got no answer at the last look, the next look at them, and how many rounds in a row there were of that. */
  readonly #unanswered = new Set<string>();
  #repeat: NodeJS.Timeout | undefined;
  #silences = 0;
  #judging = false;
  /** Rounds asked for so far. */
  #asked = 0;
  /** What has been touched since the last round; `all` when that is not known. */
  #touched = new Set<Touch | 'all'>();
  #shown = '';

  constructor(options: ProgressOptions) {
    const { engine, lesson } = options;
    this.#options = options;
    this.#done = new Set(options.done);
    this.#begun = options.begun;
    this.#released = options.released;
    this.#prepared = new Set(lesson.steps.filter(({ prepared }) => prepared).map(({ id }) => id));
    this.#values = chosenValues(lesson.variables, options.seed);
    this.#expected = namesIn(lesson.exercises, this.#values);
    this.#touches = new Map(lesson.exercises.map((exercise) => [exercise.id, touchesOf(exercise)]));
    options.onValues?.(this.#values);
    if (this.#open().length === 0 && !this.#captures) return;
    const { signal } = this.#closed;
    void followEvents(
      engine,
      { connected: () => this.#connected(), event: (event) => this.#remember(event) },
      signal,
      { past: true },
    );
    if (![...this.#touches.values()].some((all) => all.has('activity'))) return;
    void followActivity(engine, { connected: () => undefined, line: (line) => this.#note(line) }, signal);
  }

  /** Something may have changed: look now, or right after the round that is under way. */
  touch(what: Touch | 'all' = 'all'): void {
    this.#touched.add(what);
    this.#asked += 1;
    if (!this.#judging) void this.#judgeUntilAnswered();
  }

  /** A line was entered in a terminal, or a file was written. */
  commandEntered(): void {
    this.#lookAgain('silent', AFTER_COMMAND_MS);
  }

  /** Takes what the learner answers to a quiz, or predicts. Rejects with a `Refusal` when there is no such question. */
  answer(id: string, given: Answer): AnswerView {
    const exercise = this.#options.lesson.exercises.find((one) => one.id === id);
    if (!exercise || exercise.type === 'task') throw new Refusal('not-found', 'There is no such question.');
    if (exercise.type === 'predict') {
      if (this.#done.has(id)) return { state: 'right', messages: [] };
      this.#given.set(id, given);
      this.touch();
      return { state: 'waiting', messages: [] };
    }
    const results = gradeQuiz(exercise, given);
    const right = results.every(({ passed }) => passed);
    if (right) this.#finish(id, { done: true, findings: results, advice: [] });
    return { state: right ? 'right' : 'wrong', messages: results.map(({ message }) => message) };
  }

  /** Of each check of a task whether it held at the last look; empty while there was none. */
  met(id: string): readonly boolean[] {
    return this.#findings.get(id)?.met ?? [];
  }

  /** What the lesson needs is there. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.touch();
  }

  /** A step has begun, and what it needs is there: what is done in it counts from now on. */
  begin(step: string, atMs: number): void {
    this.#begun = { ...this.#begun, [step]: atMs };
    this.touch();
  }

  close(): void {
    this.#closed.abort();
    for (const timer of Object.values(this.#looks).flat()) clearTimeout(timer);
    clearTimeout(this.#repeat);
  }

  get #captures(): boolean {
    return Object.values(this.#options.lesson.variables).some((variable) => 'capture' in variable);
  }

  /** Looks after each of these times for what `touch` touches, if anything that is open does. */
  #lookAgain(touch: 'silent' | 'late', afterMs: readonly number[]): void {
    if (this.#isClosed() || !this.#open().some(({ id }) => this.#touches.get(id)?.has(touch))) return;
    // The first look stays where it is: who types fast must not put it off.
    const [soon, ...others] = this.#looks[touch];
    for (const timer of others) clearTimeout(timer);
    const looks = afterMs.slice(soon ? 1 : 0).map((ms) => this.#lookIn(ms, touch));
    this.#looks[touch] = soon ? [soon, ...looks] : looks;
  }

  #lookIn(ms: number, touch: 'silent' | 'late'): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#looks[touch] = this.#looks[touch].filter((other) => other !== timer);
      this.touch(touch);
    }, ms);
    return timer;
  }

  /** The engine tells again what it still knows: what was remembered of it comes anew. */
  #connected(): void {
    this.#happened.forgetEvents();
    this.touch();
    this.#lookAgain('late', AFTER_EVENT_MS);
  }

  #remember(event: EngineEvent): void {
    this.#happened.remember(event);
    this.#quiet.happened();
    this.touch(TOUCHING.find((type) => type === event.Type) ?? 'all');
    this.#lookAgain('late', AFTER_EVENT_MS);
  }

  #note(line: Activity): void {
    this.#happened.note(line);
    this.touch('activity');
    this.#lookAgain('late', AFTER_EVENT_MS);
  }

  async #judgeUntilAnswered(): Promise<void> {
    this.#judging = true;
    let answered = -1;
    while (answered !== this.#asked && !this.#isClosed()) {
      await this.#quiet.wait();
      answered = this.#asked;
      const begunMs = performance.now();
      await this.#judgeOpen();
      const restMs = Math.max(REST_MS, (performance.now() - begunMs) * REST_FACTOR);
      if (answered !== this.#asked) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    this.#judging = false;
  }

  async #judgeOpen(): Promise<void> {
    const touched = this.#touched;
    this.#touched = new Set();
    if (this.#isClosed()) return;
    const signal = signalWithin(ROUND_MAX_MS, this.#closed.signal);
    const view = lookAt(this.#options.engine, {
      events: this.#happened.events,
      builds: this.#happened.builds,
      transfers: this.#happened.transfers,
      hub: this.#options.hub ?? (() => []),
      expected: this.#expected,
      signal,
    });
    const changed = await this.#capture(view);
    const due = this.#judgeable().filter(
      ({ id }) => changed || touched.has('all') || this.#isTouched(id, touched),
    );
    await Promise.all(due.map((exercise) => this.#look(exercise, view)));
    if (this.#isClosed()) return;
    this.#lookAtUnansweredAgain();
    this.#show();
  }

  #lookAtUnansweredAgain(): void {
    clearTimeout(this.#repeat);
    const afterMs = AFTER_SILENCE_MS[this.#silences];
    const silent = this.#unanswered.size > 0;
    this.#silences = silent ? this.#silences + 1 : 0;
    if (silent && afterMs !== undefined) this.#repeat = setTimeout(() => this.touch(), afterMs);
  }

  #isTouched(id: string, touched: ReadonlySet<Touch | 'all'>): boolean {
    const touches = [...(this.#touches.get(id) ?? [])];
    return touches.some((touch) => touched.has(touch)) || this.#given.has(id) || this.#unanswered.has(id);
  }

  /** Whether a value has changed. */
  async #capture(view: EngineView): Promise<boolean> {
    if (!this.#captures) return false;
    const { variables } = this.#options.lesson;
    const values = await captureValues(variables, this.#values, view).catch(() => this.#values);
    if (this.#isClosed() || JSON.stringify(values) === JSON.stringify(this.#values)) return false;
    this.#values = values;
    this.#options.onValues?.(values);
    return true;
  }

  async #look(exercise: Exercise, engine: EngineView): Promise<void> {
    const { id, step } = exercise;
    const { variables } = this.#options.lesson;
    const view = { ...engine, stepBegan: this.#begun[step] };
    const context = { engine: view, variables, values: this.#values, given: this.#given.get(id) };
    try {
      const finding = await lookAtExercise(exercise, context);
      this.#unanswered.delete(id);
      if (!finding || this.#isClosed() || this.#done.has(id)) return;
      if (finding.done) this.#finish(id, finding);
      else this.#findings.set(id, finding);
    } catch {
      // What was found before stands.
      this.#unanswered.add(id);
    }
  }

  #finish(id: string, finding: Finding): void {
    this.#findings.set(id, finding);
    this.#given.delete(id);
    this.#unanswered.delete(id);
    this.#done.add(id);
    this.#options.onDone([...this.#done]);
    this.#show();
  }

  #show(): void {
    const tasks = this.#options.lesson.exercises.map((exercise) => this.#viewOf(exercise));
    const shown = JSON.stringify(tasks);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#options.onTasks(tasks);
  }

  #viewOf(exercise: Exercise): TaskView {
    const { id } = exercise;
    const done = this.#done.has(id);
    const found = this.#findings.get(id);
    const findings = found?.findings ?? (done && exercise.type === 'quiz' ? solvedQuiz(exercise) : []);
    return {
      id,
      state: done ? 'done' : 'open',
      findings,
      ...(found && found.advice.length > 0 ? { advice: found.advice } : {}),
      ...(found?.deadEnd === undefined ? {} : { deadEnd: found.deadEnd }),
      ...(this.#given.has(id) ? { waiting: true } : {}),
    };
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /** What is open, and of which not a part is still being made ready: that would be judged half done. */
  #judgeable(): Exercise[] {
    return this.#open().filter(
      ({ step }) => step in this.#begun || (this.#released && !this.#prepared.has(step)),
    );
  }

  #open(): Exercise[] {
    return this.#options.lesson.exercises.filter(({ id }) => !this.#done.has(id));
  }
}

const TOUCHING: readonly Touch[] = ['image', 'container', 'volume', 'network', 'builder'];

/** All images and containers that the exercises are about. */
function namesIn(exercises: readonly Exercise[], values: Values): Set<string> {
  const names = new Set<string>();
  for (const check of exercises.flatMap(checksOf).flatMap(checksIn)) {
    for (const [key, value] of Object.entries(substituteAll(check, values) as Record<string, unknown>)) {
      if (key === 'name' && typeof value === 'string') names.add(value);
      const images = IMAGE_KEYS.includes(key) ? [value].flat() : [];
      for (const image of images) if (typeof image === 'string') names.add(familiarName(image));
    }
  }
  return names;
}

/** Where checks have names of images. */
const IMAGE_KEYS = ['image', 'parent', 'with', 'images', 'same-as', 'smaller-than'];
