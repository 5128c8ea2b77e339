import type { Explanation } from '../../lessons/explanations.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import type { HubRepository } from '../checks/engine-view.ts';
import type { ProgressStore } from '../progress/store.ts';
import { toRefusal } from '../refusal.ts';
import type { Learner } from '../sessions/learner.ts';
import type { OwnedSession, Sessions } from '../sessions/sessions.ts';
import type { MeasuredUsage } from './measured.ts';
import type { Page } from './page.ts';
import { Room } from './room.ts';

export interface RoomsOptions {
  readonly sessions: Sessions;
  readonly lesson: (slug: string) => LessonSource | undefined;
  readonly explanations: readonly Explanation[];
  readonly progress: ProgressStore;
  /** The repositories of a learner on the hub. */
  readonly hub: (owner: string) => readonly HubRepository[];
  readonly report: (message: string, error?: unknown) => void;
}

/**
 * The rooms of all sessions somebody has visited since the server began. A room stays while its machine runs, so that
 * screens outlive a reload; one of a stopped machine that nobody looks at goes.
 */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #unlisten: () => void;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#unlisten = options.sessions.listen({
      changed: (session) => this.#changed(session),
      notice: (id, level, message) => this.#rooms.get(id)?.notice(level, message),
      wasReset: (session) => this.#reset(session),
      ended: (id, reason) => {
        this.#rooms.get(id)?.end(reason);
        this.#drop(id);
      },
    });
  }

  /** How many pages show the session now. */
  pages(id: string): number {
    return this.#rooms.get(id)?.pages ?? 0;
  }

  /** What the machine used when it was measured last; only while it runs and a page has looked. */
  usage(id: string): MeasuredUsage | undefined {
    return this.#rooms.get(id)?.usage;
  }

  /** A file of the machine was written from a page: tasks may ask for it. */
  filesChanged(id: string): void {
    this.#rooms.get(id)?.filesChanged();
  }

  /** Tells every page that shows a machine; returns how many there are. */
  noticeAll(level: 'info' | 'warning', message: string): number {
    const rooms = [...this.#rooms.values()];
    for (const room of rooms) room.notice(level, message);
    return rooms.reduce((sum, room) => sum + room.pages, 0);
  }

  async join(session: OwnedSession, page: Page): Promise<Room> {
    const { id } = session.record;
    let room = this.#rooms.get(id);
    if (!room) {
      room = this.#open(session);
      this.#rooms.set(id, room);
    }
    await room.join(page);
    return room;
  }

  leave(room: Room, page: Page): void {
    room.leave(page);
    if (room.empty && room.session.info.state !== 'running') this.#drop(room.session.record.id);
  }

  close(): void {
    this.#unlisten();
    for (const id of [...this.#rooms.keys()]) this.#drop(id);
  }

  #open(session: OwnedSession): Room {
    const { record } = session;
    const lesson = record.lesson === null ? undefined : this.#options.lesson(record.lesson);
    return new Room({
      session,
      lesson,
      explanations: this.#options.explanations,
      hub: () => this.#options.hub(record.owner),
      recordDone: (done) => this.#keep(record.id, this.#recordDone(session, done, lesson)),
      recordCourse: (memory) => this.#keep(record.id, this.#options.sessions.recordCourse(record.id, memory)),
      keep: (step) => void this.#keepMoment(record.id, step),
    });
  }

  /** Nothing depends on it but the way back, and there may be no room for it. */
  async #keepMoment(id: string, step: string): Promise<void> {
    try {
      await this.#options.sessions.keep(id, step);
    } catch (error) {
      const { kind, message } = toRefusal(error);
      if (kind === 'full') this.#rooms.get(id)?.notice('info', message);
      else if (kind === 'failed') this.#options.report(`A moment of session ${id} could not be kept.`, error);
    }
  }

  #keep(id: string, kept: Promise<void>): void {
    kept.catch((error: unknown) => {
      this.#options.report(`The progress of session ${id} could not be kept.`, error);
    });
  }

  /** Of the machine, and of the learner, who may take the lesson on another machine next time. */
  async #recordDone(
    { record }: OwnedSession,
    done: readonly string[],
    lesson: LessonSource | undefined,
  ): Promise<void> {
    const { sessions, progress } = this.#options;
    await sessions.recordDone(record.id, done);
    if (!lesson) return;
    const finished = lesson.exercises.every(({ id }) => done.includes(id));
    progress.addDone(record.owner as Learner, lesson.slug, { tasks: done, finished });
  }

  #reset(session: OwnedSession): void {
    const { id, owner, lesson, doneTasks } = session.record;
    if (lesson !== null) {
      this.#options.progress.restart(owner as Learner, lesson);
      this.#options.progress.addDone(owner as Learner, lesson, { tasks: doneTasks, finished: false });
    }
    this.#rooms.get(id)?.reset(session);
  }

  #changed(session: OwnedSession): void {
    const { id } = session.record;
    const room = this.#rooms.get(id);
    room?.update(session);
    if (room?.empty && session.info.state !== 'running') this.#drop(id);
  }

  #drop(id: string): void {
    this.#rooms.get(id)?.close();
    this.#rooms.delete(id);
  }
}
