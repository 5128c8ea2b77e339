import type { SessionInfo, SessionLimits, Supervisor } from '../../sandbox/host/supervisor.ts';
import { SupervisorError } from '../../sandbox/host/supervisor.ts';
import type { CourseMemory } from '../lessons/course.ts';
import { Refusal } from '../refusal.ts';
import { Expiry, extendedEnd, lifeFromNow, type Lifetime } from './expiry.ts';
import { isOwner, type Learner } from './learner.ts';
import { keptMoments, lastMoment, momentOf } from './moments.ts';
import type { OwnedSession, ReturnPoint, SessionsListener } from './owned.ts';
import type { SessionRecord, SessionRecords } from './records.ts';

export type { OwnedSession, ReturnPoint, SessionsListener } from './owned.ts';

export interface SessionsOptions extends Lifetime {
  readonly supervisor: Supervisor;
  readonly records: SessionRecords;
  readonly sessionsPerLearner: number;
  readonly limits: Partial<SessionLimits>;
  readonly report: (message: string, error?: unknown) => void;
}

const UNKNOWN = 'There is no such machine. It may have ended.';

/** Who has which machine, for which lesson, and until when. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #supervisor: Supervisor;
  readonly #records: SessionRecords;
  readonly #infos = new Map<string, SessionInfo>();
  readonly #creating = new Map<string, Promise<OwnedSession>>();
  /** Sessions that are asked to run, and are not said to yet. */
  readonly #booting = new Set<string>();
  /** Sessions that get a new disk at this moment. */
  readonly #resetting = new Set<string>();
  /** Why sessions end that are being destroyed. */
  readonly #ending = new Map<string, string>();
  readonly #expiry: Expiry;
  readonly #listeners = new Set<SessionsListener>();
  readonly #unwatch: () => void;

  private constructor(options: SessionsOptions) {
    this.#options = options;
    this.#supervisor = options.supervisor;
    this.#records = options.records;
    this.#expiry = new Expiry({
      warn: (id, message) => this.#tell((listener) => listener.notice(id, 'warning', message)),
      expire: (id) => void this.#expire(id),
    });
    this.#unwatch = this.#supervisor.watch((event) => {
      if (event.type === 'state') this.#update(event.session);
      else if (event.type === 'destroyed') void this.#forget(event.id);
      else this.#tell((listener) => listener.notice(event.id, 'warning', event.message));
    });
  }

  /** Brings records and machines together: what only one side knows is of no use to anybody. */
  static async open(options: SessionsOptions): Promise<Sessions> {
    const sessions = new Sessions(options);
    const infos = await options.supervisor.list();
    for (const info of infos) {
      if (options.records.get(info.id)) sessions.#infos.set(info.id, sessions.#infos.get(info.id) ?? info);
      else await sessions.#destroyOrphan(info.id);
    }
    for (const record of options.records.list()) {
      if (sessions.#infos.has(record.id)) sessions.#expiry.set(record.id, record.expiresAt);
      else await options.records.delete(record.id);
    }
    return sessions;
  }

  listen(listener: SessionsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(learner: Learner | undefined): OwnedSession[] {
    return this.all().filter(({ record }) => isOwner(learner, record.owner));
  }

  /** Whether the learner's machine for that lesson runs, so that it takes no more room to visit it. */
  runs(learner: Learner, lesson: string | null): boolean {
    return this.list(learner).some(
      ({ record, info }) => record.lesson === lesson && info.state === 'running',
    );
  }

  /** Everybody's. */
  all(): OwnedSession[] {
    return this.#records.list().flatMap((record) => {
      const info = this.#infos.get(record.id);
      return info ? [{ record, info }] : [];
    });
  }

  /** One and the same refusal for a session of somebody else and for one that is not there. */
  find(learner: Learner | undefined, id: string): OwnedSession {
    const record = this.#records.get(id);
    const info = this.#infos.get(id);
    if (!record || !info || !isOwner(learner, record.owner)) throw new Refusal('not-found', UNKNOWN);
    return { record, info };
  }

  /** The learner's machine for a lesson: the one there is, running, or a new one, on which `doneTasks` count as done. */
  async obtain(
    learner: Learner,
    lesson: string | null,
    doneTasks: readonly string[] = [],
  ): Promise<{ session: OwnedSession; created: boolean }> {
    const key = `${learner} ${lesson ?? ''}`;
    const under = this.#creating.get(key);
    if (under) return { session: await under, created: false };
    const own = this.list(learner);
    const existing = own.find(({ record }) => record.lesson === lesson);
    if (existing) return { session: await this.resume(existing), created: false };
    const creating = this.#create(learner, lesson, doneTasks).finally(() => this.#creating.delete(key));
    this.#creating.set(key, creating);
    return { session: await creating, created: true };
  }

  /** Boots it when it is not running. */
  async resume(session: OwnedSession): Promise<OwnedSession> {
    if (session.info.state === 'running') return session;
    const info = await this.#boot(session, (id) => this.#supervisor.resume(id));
    return this.#update(info) ?? session;
  }

  /** `returnTo`: the step that the machine is then brought to, and what stays done. */
  reset(old: OwnedSession, returnTo?: ReturnPoint): Promise<OwnedSession> {
    const course = returnTo && { begun: {}, prepared: [], returnTo: returnTo.step };
    const standing = { doneTasks: [...(returnTo?.doneTasks ?? [])], course };
    return this.#renew(
      old,
      (id) => this.#supervisor.reset(id),
      () => ({ ...standing, ...lifeFromNow(this.#options) }),
    );
  }

  /** Keeps the machine as it is now, to be gone back to; `step` of its lesson begins with it. */
  async keep(id: string, step: string | null): Promise<OwnedSession> {
    // What is done while the disk is copied may not be on the copy.
    const before = this.#records.get(id);
    if (!before) throw new Refusal('not-found', UNKNOWN);
    if (this.#resetting.has(id))
      throw new Refusal(
        'conflict',
        'The machine is being brought back just now. Keep it when it runs again.',
      );
    const info = await this.#supervisor.snapshot(id);
    const record = this.#records.get(id);
    if (!record) throw new Refusal('not-found', UNKNOWN);
    const kept = {
      ...record,
      moments: [...keptMoments(record, info), lastMoment(before, info, step)],
    };
    await this.#records.write(kept);
    return this.#update(info) ?? { record: kept, info };
  }

  /** The machine and its lesson as they were when `snapshot` was kept. */
  async goBack(old: OwnedSession, snapshot: string): Promise<OwnedSession> {
    const { doneTasks, course } = momentOf(old.record, old.info, snapshot);
    return this.#renew(
      old,
      (id) => this.#supervisor.restore(id, snapshot),
      () => ({ doneTasks, course }),
    );
  }

  /** Another disk: the record says from now on what is so on it. */
  async #renew(
    old: OwnedSession,
    boot: (id: string) => Promise<SessionInfo>,
    standing: () => Partial<SessionRecord>,
  ): Promise<OwnedSession> {
    const { id } = old.record;
    this.#resetting.add(id);
    try {
      const info = await this.#boot(old, boot);
      return await this.#began(info, { ...(this.#records.get(id) ?? old.record), ...standing() });
    } finally {
      this.#resetting.delete(id);
    }
  }

  async #began(info: SessionInfo, renewed: SessionRecord): Promise<OwnedSession> {
    await this.#records.write(renewed);
    this.#expiry.set(renewed.id, renewed.expiresAt);
    this.#infos.set(info.id, info);
    const session = { record: renewed, info };
    this.#tell((listener) => listener.wasReset(session));
    return session;
  }

  /** One more hour, up to its latest end. */
  async extend({ record, info }: OwnedSession): Promise<OwnedSession> {
    const extended = { ...record, expiresAt: extendedEnd(record) };
    await this.#records.write(extended);
    this.#expiry.set(record.id, extended.expiresAt);
    const session = { record: extended, info: this.#infos.get(record.id) ?? info };
    this.#tell((listener) => listener.changed(session));
    return session;
  }

  /** Ends its processes and keeps its disk; the next visit boots it. */
  async sleep(id: string): Promise<void> {
    await this.#supervisor.stop(id);
  }

  async destroy(id: string, reason: string): Promise<void> {
    this.#ending.set(id, reason);
    try {
      await this.#supervisor.destroy(id);
    } catch (error) {
      if (!(error instanceof SupervisorError && error.kind === 'not-found')) throw error;
    } finally {
      this.#ending.delete(id);
    }
    await this.#forget(id, reason);
  }

  async recordCourse(id: string, course: CourseMemory): Promise<void> {
    const record = this.#records.get(id);
    if (!record) return;
    const { begun, prepared, returnTo } = course;
    const kept = { begun: { ...begun }, prepared: [...prepared], returnTo };
    await this.#records.write({ ...record, course: kept });
  }

  async recordDone(id: string, doneTasks: readonly string[]): Promise<void> {
    const record = this.#records.get(id);
    if (!record) return;
    const more = doneTasks.filter((task) => !record.doneTasks.includes(task)).length;
    if (more > 0) this.#tell((listener) => listener.progressed?.(id, more));
    await this.#records.write({ ...record, doneTasks: [...doneTasks] });
  }

  close(): void {
    this.#unwatch();
    this.#expiry.close();
    this.#listeners.clear();
  }

  /** Counts the session as a running one from now on, not only when the supervisor says so. */
  async #boot({ record }: OwnedSession, boot: (id: string) => Promise<SessionInfo>): Promise<SessionInfo> {
    this.#admit(record.owner, record.id);
    this.#booting.add(record.id);
    try {
      return await boot(record.id);
    } finally {
      this.#booting.delete(record.id);
    }
  }

  async #create(
    learner: Learner,
    lesson: string | null,
    doneTasks: readonly string[],
  ): Promise<OwnedSession> {
    this.#admit(learner);
    const info = await this.#supervisor.create({ limits: this.#options.limits });
    const record: SessionRecord = {
      id: info.id,
      owner: learner,
      lesson,
      createdAt: info.createdAt,
      ...lifeFromNow(this.#options),
      doneTasks: [...doneTasks],
      moments: [],
    };
    this.#infos.set(info.id, info);
    try {
      await this.#records.write(record);
    } catch (error) {
      this.#infos.delete(info.id);
      // Without a record nobody could ever come back to it.
      await this.#supervisor
        .destroy(info.id)
        .catch((cause: unknown) => this.#options.report('orphan', cause));
      throw error;
    }
    this.#expiry.set(info.id, record.expiresAt);
    const session = { record, info: this.#infos.get(info.id) ?? info };
    // It ran before it had a record: nobody has been told.
    this.#tell((listener) => listener.created?.(session));
    this.#tell((listener) => listener.changed(session));
    return session;
  }

  #admit(owner: string, except?: string): void {
    const max = this.#options.sessionsPerLearner;
    const live = this.all().filter(
      ({ record, info }) =>
        record.owner === owner &&
        record.id !== except &&
        (info.state === 'running' || info.state === 'starting' || this.#booting.has(record.id)),
    ).length;
    const coming = [...this.#creating.keys()].filter((key) => key.startsWith(`${owner} `)).length;
    if (live + coming < max) return;
    throw new Refusal(
      'conflict',
      `You have ${max} ${max === 1 ? 'machine' : 'machines'} running already. End one of them first.`,
    );
  }

  #update(info: SessionInfo): OwnedSession | undefined {
    const record = this.#records.get(info.id);
    if (!record) return undefined;
    this.#infos.set(info.id, info);
    const session = { record, info };
    // That it runs is told by the end of the reset: before it, the new machine would be taken for the old one.
    if (info.state !== 'running' || !this.#resetting.has(info.id))
      this.#tell((listener) => listener.changed(session));
    return session;
  }

  async #forget(
    id: string,
    reason = this.#ending.get(id) ?? 'This machine has been removed.',
  ): Promise<void> {
    if (!this.#records.get(id)) return;
    this.#infos.delete(id);
    this.#expiry.delete(id);
    const deleted = this.#records.delete(id);
    this.#tell((listener) => listener.ended(id, reason));
    await deleted;
  }

  async #expire(id: string): Promise<void> {
    try {
      await this.destroy(
        id,
        'The time of this machine is over. It has been removed with all that was in it.',
      );
    } catch (error) {
      this.#options.report(`The session ${id} could not be removed at its end.`, error);
    }
  }

  async #destroyOrphan(id: string): Promise<void> {
    this.#options.report(`The session ${id} has no owner any more and is removed.`);
    await this.#supervisor.destroy(id).catch((error: unknown) => {
      this.#options.report(`The session ${id} could not be removed.`, error);
    });
  }

  #tell(say: (listener: SessionsListener) => void): void {
    for (const listener of this.#listeners) say(listener);
  }
}
