import type { LessonSource } from '../../lessons/schema.ts';
import type { OwnedSession, Sessions } from '../sessions/sessions.ts';
import type { Page } from './page.ts';
import { Room } from './room.ts';

export interface RoomsOptions {
  readonly sessions: Sessions;
  readonly lesson: (slug: string) => LessonSource | undefined;
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
      wasReset: (session) => this.#rooms.get(session.record.id)?.reset(session),
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
    const { sessions, lesson, report } = this.#options;
    return new Room({
      session,
      lesson: session.record.lesson === null ? undefined : lesson(session.record.lesson),
      recordDone: (done) => {
        sessions.recordDone(session.record.id, done).catch((error: unknown) => {
          report(`The progress of session ${session.record.id} could not be kept.`, error);
        });
      },
    });
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
