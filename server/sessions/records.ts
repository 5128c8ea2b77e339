import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { DRAFT_ENDING, writeAtomically } from '../../sandbox/registry/store/file.ts';

/** What the lesson has made ready on a machine. */
const CourseState = z.object({
  begun: z.record(z.string(), z.number()),
  prepared: z.array(z.string()),
  returnTo: z.string().optional(),
});

/** A state of the machine that was kept, and how its lesson stood then. */
const Moment = z.object({
  /** The supervisor's name for the disk. */
  snapshot: z.string(),
  /** The step that began then; null for a moment that the learner chose. */
  step: z.string().nullable(),
  takenAt: z.iso.datetime(),
  doneTasks: z.array(z.string()).readonly(),
  course: CourseState.optional(),
});
export type Moment = Readonly<z.infer<typeof Moment>>;

/** What the server remembers of a session; the machine itself is the supervisor's. */
const SessionRecord = z
  .object({
    id: z.string().regex(/^[a-z0-9]{16}$/),
    /** SHA-256 of the learner's token, hex: the token itself is nowhere but in the browser. */
    owner: z.string().regex(/^[0-9a-f]{64}$/),
    lesson: z.string().nullable(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    /** Until when its learner can extend it; what has none was made before this could be done. */
    latestEnd: z.iso.datetime().optional(),
    /** Exercises that were done once stay done. */
    doneTasks: z.array(z.string()).readonly(),
    course: CourseState.optional(),
    /** Oldest first; of some the disk may be gone. */
    moments: z.array(Moment).readonly().default([]),
  })
  .transform((record) => ({ ...record, latestEnd: record.latestEnd ?? record.expiresAt }));
export type SessionRecord = Readonly<z.infer<typeof SessionRecord>>;

/** One JSON file a session. A record is written whole or not at all, so a crash at any moment leaves the old or the new. */
export class SessionRecords {
  readonly #folder: string;
  readonly #records: Map<string, SessionRecord>;
  /** Writes of one session follow one another. */
  readonly #writes = new Map<string, Promise<void>>();

  private constructor(folder: string, records: Map<string, SessionRecord>) {
    this.#folder = folder;
    this.#records = records;
  }

  /** Reads what is there; a file that is no record is reported and left alone. */
  static async open(folder: string, report: (message: string) => void): Promise<SessionRecords> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const records = new Map<string, SessionRecord>();
    for (const name of await readdir(folder)) {
      if (name.endsWith(DRAFT_ENDING)) await rm(join(folder, name), { force: true });
      if (!name.endsWith('.json')) continue;
      const record = await readRecord(join(folder, name));
      if (record && `${record.id}.json` === name) records.set(record.id, record);
      else report(`${join(folder, name)} is not a session's record; it is left as it is.`);
    }
    return new SessionRecords(folder, records);
  }

  get(id: string): SessionRecord | undefined {
    return this.#records.get(id);
  }

  list(): SessionRecord[] {
    return [...this.#records.values()];
  }

  /** Resolves when the record is on the disk; it can be read from now on. */
  write(record: SessionRecord): Promise<void> {
    this.#records.set(record.id, record);
    return this.#follow(record.id, () => writeAtomically(this.#path(record.id), JSON.stringify(record)));
  }

  delete(id: string): Promise<void> {
    this.#records.delete(id);
    return this.#follow(id, () => rm(this.#path(id), { force: true }));
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }

  #follow(id: string, step: () => Promise<void>): Promise<void> {
    const done = (this.#writes.get(id) ?? Promise.resolve()).catch(() => undefined).then(step);
    this.#writes.set(id, done);
    const forget = () => {
      if (this.#writes.get(id) === done) this.#writes.delete(id);
    };
    done.then(forget, forget);
    return done;
  }
}

async function readRecord(path: string): Promise<SessionRecord | undefined> {
  try {
    return SessionRecord.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
