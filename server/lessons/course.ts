import type { Answer } from '../checks/questions.ts';
import type { HubView } from '../checks/engine-view.ts';
import { Progress, type StepTimes } from '../checks/progress.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import type { Setup } from '../../lessons/setup.ts';
import type { EngineClient } from '../engine/client.ts';
import type { AnswerView, LessonStanding, StepStanding, TaskView } from '../protocol.ts';
import { goalOf } from '../map/goal.ts';
import type { MapGoal } from '../map/protocol.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { Preparation } from './preparation.ts';

/** What has to be remembered of a course while its machine lives. */
export interface CourseMemory {
  /** When each step began, by its id. */
  readonly begun: StepTimes;
  /** What is set up: ids of steps, and `LESSON` for the lesson as a whole. */
  readonly prepared: readonly string[];
  /** The step that the machine is on its way back to. */
  readonly returnTo?: string | undefined;
}

export const NO_MEMORY: CourseMemory = { begun: {}, prepared: [] };

/** No step has this id. */
const LESSON = '*';

export interface CourseOptions {
  readonly engine: EngineClient;
  readonly lesson: LessonSource;
  /** Decides about the learner's own values: the same ones for the same text. */
  readonly seed: string;
  /** Ids of exercises done before. */
  readonly done: readonly string[];
  readonly memory: CourseMemory;
  readonly hub?: HubView;
  readonly onTasks: (tasks: readonly TaskView[]) => void;
  /** All ids that are done, whenever there is one more. */
  readonly onDone: (done: readonly string[]) => void;
  readonly onStanding: (standing: LessonStanding) => void;
  readonly onMemory: (memory: CourseMemory) => void;
  /** The learner can begin with a step from now on. */
  readonly onBegun?: (step: string) => void;
}

/**
 * A lesson on one running machine: sets up what the lesson and each step need when they begin, and judges what the
 * learner does. A step begins when all exercises of those before it are done, or when the learner asks for it.
 */
export class Course {
  readonly #options: CourseOptions;
  readonly #preparation: Preparation;
  readonly #progress: Progress;
  readonly #standing = new Map<string, StepStanding>();
  #memory: CourseMemory;
  #values: Readonly<Record<string, string>> = {};
  #done: ReadonlySet<string>;
  /** One thing is made ready at a time. */
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: CourseOptions) {
    const { engine, lesson, seed, done, memory } = options;
    this.#options = options;
    this.#memory = memory;
    this.#done = new Set(done);
    this.#preparation = new Preparation(engine, lesson);
    for (const id of Object.keys(memory.begun)) this.#standing.set(id, { state: 'ready' });
    this.#progress = new Progress({
      engine,
      lesson,
      seed,
      done,
      begun: memory.begun,
      released: lesson.setup === undefined || memory.prepared.includes(LESSON),
      ...(options.hub && { hub: options.hub }),
      onTasks: options.onTasks,
      onDone: (all) => this.#finished(all),
      onValues: (values) => {
        this.#values = values;
        this.#tell();
      },
    });
    if (memory.returnTo === undefined) this.#beginDue();
    else void this.#enqueue(memory.returnTo, () => this.#goBack(memory.returnTo ?? ''));
  }

  get standing(): LessonStanding {
    return { values: this.#values, steps: Object.fromEntries(this.#standing) };
  }

  /** What the first open task of the steps that have begun asks for; null when there is none. */
  get goal(): MapGoal | null {
    const task = this.#options.lesson.tasks.find(
      ({ id, step }) => this.#standing.get(step)?.state === 'ready' && !this.#done.has(id),
    );
    return task ? goalOf({ task, values: this.#values, met: this.#progress.met(task.id) }) : null;
  }

  /** See `Progress.answer`. */
  answer(id: string, answer: Answer): AnswerView {
    return this.#progress.answer(id, answer);
  }

  /** The learner goes to a step before all before it is done; resolves when it is ready. */
  async begin(step: string): Promise<void> {
    if (!this.#options.lesson.steps.some(({ id }) => id === step))
      throw new Refusal('not-found', 'The lesson has no such step.');
    await this.#enqueue(step, () => this.#beginStep(step));
  }

  /** Saves a file of the lesson's text in the machine. */
  async save(file: number): Promise<void> {
    await this.#preparation.save(file, this.#values);
    this.#progress.commandEntered();
  }

  touch(): void {
    this.#progress.touch();
  }

  commandEntered(): void {
    this.#progress.commandEntered();
  }

  close(): void {
    this.#closed = true;
    this.#preparation.close();
    this.#progress.close();
  }

  #finished(done: readonly string[]): void {
    this.#done = new Set(done);
    this.#options.onDone(done);
    this.#beginDue();
  }

  /** Begins the first step in which something is left to do, and all before it. */
  #beginDue(): void {
    const { steps, exercises } = this.#options.lesson;
    const open = new Set(exercises.filter(({ id }) => !this.#done.has(id)).map(({ step }) => step));
    for (const { id } of steps) {
      if (!this.#standing.has(id)) void this.#enqueue(id, () => this.#beginStep(id));
      if (open.has(id)) return;
    }
  }

  #enqueue(step: string, work: () => Promise<void>): Promise<void> {
    if (this.#standing.get(step)?.state === 'preparing') return this.#queue;
    this.#stand(step, { state: 'preparing' });
    const done = this.#queue.then(async () => {
      if (this.#closed) return;
      try {
        await work();
        this.#stand(step, { state: 'ready' });
      } catch (error) {
        this.#stand(step, { state: 'failed', problem: toRefusal(error).message });
      }
    });
    this.#queue = done;
    return done;
  }

  async #beginStep(step: string, { onTheWay = false } = {}): Promise<void> {
    const { setup, setups } = this.#options.lesson;
    await this.#prepare(LESSON, setup);
    this.#progress.release();
    await this.#prepare(step, setups.get(step));
    if (this.#closed) return;
    this.#progress.begin(step, Date.now());
    this.#remember({
      begun: { ...this.#memory.begun, [step]: Date.now() },
      ...(onTheWay ? {} : { returnTo: undefined }),
    });
    if (!onTheWay) this.#options.onBegun?.(step);
  }

  async #prepare(part: string, setup: Setup | undefined): Promise<void> {
    if (this.#memory.prepared.includes(part)) return;
    if (setup) await this.#preparation.setUp(setup, this.#values);
    if (!this.#closed) this.#remember({ prepared: [...this.#memory.prepared, part] });
  }

  /** On a machine that is new: does again what comes before `target`, and makes `target` ready. */
  async #goBack(target: string): Promise<void> {
    const { steps, exercises } = this.#options.lesson;
    const place = steps.findIndex(({ id }) => id === target);
    for (const { id } of steps.slice(0, Math.max(0, place))) {
      await this.#beginStep(id, { onTheWay: true });
      this.#stand(id, { state: 'ready' });
      for (const exercise of exercises.filter(({ step }) => step === id)) {
        if (exercise.type === 'task') await this.#preparation.replay(exercise, this.#values);
      }
    }
    await this.#beginStep(target);
  }

  #remember(part: Partial<CourseMemory>): void {
    this.#memory = { ...this.#memory, ...part };
    this.#options.onMemory(this.#memory);
  }

  #stand(step: string, standing: StepStanding): void {
    this.#standing.set(step, standing);
    this.#tell();
  }

  #tell(): void {
    if (this.#closed) return;
    this.#options.onStanding(this.standing);
  }
}
