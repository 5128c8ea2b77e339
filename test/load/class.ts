import { setTimeout as sleep } from 'node:timers/promises';

import { Learner } from '../../cli/lesson/learner.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { EchoProbe } from './echo.ts';
import { takeLesson } from './lesson.ts';

/** Between two keys of somebody who types, in milliseconds: ten times as fast as a person. */
const KEY_EVERY_MS = 30;
/** Between two keys of somebody who reads. */
const IDLE_KEY_EVERY_MS = 5_000;
/** Learners who come at the same moment. */
const AT_ONCE = 4;

/** What a class went through, since it was last asked. */
export interface Observed {
  /** Milliseconds from the wish for a machine to its prompt. */
  readonly starts: number[];
  /** Milliseconds from a key to its echo. */
  readonly echoes: number[];
  readonly failures: string[];
  tasksDone: number;
}

interface Seat {
  readonly number: number;
  learner: Learner;
  /** None while one learner goes and another comes. */
  probe: EchoProbe | undefined;
}

/** Learners at one service, each with a page and a terminal: most of them read, some take lessons. */
export class Class {
  readonly #url: string;
  readonly #lessons: readonly LessonSource[];
  readonly #seats: Seat[] = [];
  #seen: Observed = nothing();
  #arrivals = 0;

  constructor(url: string, lessons: readonly LessonSource[]) {
    this.#url = url;
    this.#lessons = lessons;
  }

  get size(): number {
    return this.#seats.length;
  }

  /** What was observed since the last call. */
  take(): Observed {
    const seen = this.#seen;
    this.#seen = nothing();
    return seen;
  }

  /** Until there are `size`, or somebody cannot come in. */
  async grow(size: number, signal: AbortSignal): Promise<void> {
    while (this.#seats.length < size && !signal.aborted) {
      const coming = Math.min(AT_ONCE, size - this.#seats.length);
      const before = this.#seen.failures.length;
      const arrived = await Promise.all(
        Array.from({ length: coming }, async () => this.#arrive(++this.#arrivals)),
      );
      this.#seats.push(...arrived.filter((seat) => seat !== undefined));
      if (this.#seen.failures.length > before) return;
    }
  }

  /** Has `active` of them take lessons, one after another, and all of them type now and then, until `signal`. */
  async work(active: number, signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#seats.flatMap((seat, place) => [
        this.#type(seat, place < active ? KEY_EVERY_MS : IDLE_KEY_EVERY_MS, signal),
        ...(place < active ? [this.#takeLessons(seat, signal)] : []),
      ]),
    );
  }

  /** Ends all machines. */
  async leave(): Promise<void> {
    await Promise.allSettled(this.#seats.splice(0).map(async ({ learner }) => learner.close()));
  }

  async #arrive(number: number, turn = number): Promise<Seat | undefined> {
    const lesson = this.#lessons[turn % this.#lessons.length];
    const begun = performance.now();
    try {
      // Each is somebody else to the server's limits, as behind a proxy.
      const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
      const learner = await Learner.open(this.#url, lesson?.slug ?? '', { 'x-forwarded-for': address });
      const probe = await EchoProbe.open(learner);
      this.#seen.starts.push(performance.now() - begun);
      return { number, learner, probe };
    } catch (error) {
      this.#seen.failures.push(`no machine: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  async #type(seat: Seat, everyMs: number, signal: AbortSignal): Promise<void> {
    // Not all of them in the same moment.
    await pause(Math.random() * everyMs, signal);
    while (!signal.aborted) {
      const { probe } = seat;
      const milliseconds = await probe?.key();
      if (milliseconds !== undefined && seat.probe === probe) this.#seen.echoes.push(milliseconds);
      await pause(everyMs, signal);
    }
  }

  /** Who is done with a lesson leaves, and another learner comes for the next. */
  async #takeLessons(seat: Seat, signal: AbortSignal): Promise<void> {
    for (let turn = seat.number; !signal.aborted; turn++) {
      const lesson = this.#lessons[turn % this.#lessons.length];
      if (!lesson) return;
      try {
        if (turn > seat.number) await this.#renew(seat, turn);
        const shell = await seat.learner.openShell();
        const { done, failed } = await takeLesson(seat.learner, shell, lesson, signal);
        this.#seen.tasksDone += done;
        this.#seen.failures.push(...failed);
      } catch (error) {
        this.#seen.failures.push(`${lesson.slug}: ${String(error)}`);
        await pause(1000, signal);
      }
    }
  }

  async #renew(seat: Seat, turn: number): Promise<void> {
    seat.probe = undefined;
    await seat.learner.close();
    const next = await this.#arrive(++this.#arrivals, turn);
    if (!next) throw new Error('The next learner did not get a machine.');
    [seat.learner, seat.probe] = [next.learner, next.probe];
  }
}

const nothing = (): Observed => ({ starts: [], echoes: [], failures: [], tasksDone: 0 });

const pause = async (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
