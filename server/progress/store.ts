import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import type { Learner } from '../sessions/learner.ts';
import type { LearnerProgress, LessonProgress } from './protocol.ts';

/** Progress of a learner who has not come back for so long is removed, in days: somewhat longer than the cookie lives. */
export const KEPT_DAYS = 400;

/** Learners whose progress is kept; beyond it, those go who have been away the longest. */
export const LEARNERS_MAX = 50_000;

/** How many lessons are begun between two looks for what is too old or too much. */
const SWEEP_EVERY = 500;

const DAY_MS = 24 * 3600 * 1000;

/** The shape of the tables; a later one adds its steps below and counts on. */
const SCHEMA_VERSION = 1;
const SCHEMA = `
  create table lesson (
    learner text not null,
    lesson text not null,
    step text,
    started_at integer not null,
    seen_at integer not null,
    finished_at integer,
    primary key (learner, lesson)
  ) without rowid;
  create table task (
    learner text not null,
    lesson text not null,
    task text not null,
    done_at integer not null,
    primary key (learner, lesson, task),
    foreign key (learner, lesson) references lesson (learner, lesson) on delete cascade
  ) without rowid;
  create index lesson_by_seen on lesson (learner, seen_at);
  pragma user_version = ${SCHEMA_VERSION};
`;

export interface ProgressStoreOptions {
  /** `:memory:` keeps nothing. */
  readonly file: string;
  readonly report: (message: string, error?: unknown) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly learnersMax?: number;
}

interface LessonRow {
  readonly lesson: string;
  readonly step: string | null;
  readonly started_at: number;
  readonly seen_at: number;
  readonly finished_at: number | null;
}

interface TaskRow {
  readonly lesson: string;
  readonly task: string;
}

/**
 * How far each learner is in each lesson, in one SQLite file. A call that has returned survives the end of the process
 * at any moment; a power failure may lose the last few, and never more. One process writes it.
 */
export class ProgressStore {
  readonly #database: Database.Database;
  readonly #now: () => number;
  readonly #learnersMax: number;
  readonly #report: ProgressStoreOptions['report'];
  #begun = 0;

  private constructor(
    database: Database.Database,
    { now = Date.now, learnersMax = LEARNERS_MAX, report }: ProgressStoreOptions,
  ) {
    this.#database = database;
    this.#now = now;
    this.#learnersMax = learnersMax;
    this.#report = report;
  }

  /**
   * Opens the file, made when it is not there. One that is no database any more is put aside under another name, and an
   * empty one takes its place: lessons can be taken without what was done before.
   */
  static open(options: ProgressStoreOptions): ProgressStore {
    const { file, report } = options;
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    try {
      return new ProgressStore(openDatabase(file), options).#swept();
    } catch (error) {
      if (!isBroken(error)) throw error;
      const aside = `${file}.broken-${Date.now()}`;
      report(`${file} is damaged. It is kept as ${aside}, and progress begins anew.`, error);
      renameSync(file, aside);
      for (const ending of ['-wal', '-shm']) rmSync(file + ending, { force: true });
      return new ProgressStore(openDatabase(file), options);
    }
  }

  of(learner: Learner): LearnerProgress {
    const lessons = this.#all<LessonRow>(
      'select lesson, step, started_at, seen_at, finished_at from lesson where learner = ? order by lesson',
      learner,
    );
    const tasks = this.#all<TaskRow>(
      'select lesson, task from task where learner = ? order by done_at, task',
      learner,
    );
    return Object.fromEntries(lessons.map((row) => [row.lesson, progressOf(row, tasks)]));
  }

  /** Undefined for a lesson that the learner never opened. */
  find(learner: Learner, lesson: string): LessonProgress | undefined {
    return this.of(learner)[lesson];
  }

  /** The learner opens the lesson. One that cannot be noted, as on a full disk, is reported: it can be taken nevertheless. */
  begin(learner: Learner, lesson: string): void {
    try {
      this.#touch(learner, lesson);
      this.#begun += 1;
      if (this.#begun % SWEEP_EVERY === 0) this.#sweep();
    } catch (error) {
      this.#report('It could not be noted that a lesson was begun.', error);
    }
  }

  /** The step that the learner looks at. */
  reachStep(learner: Learner, lesson: string, step: string): void {
    this.#together(() => {
      this.#touch(learner, lesson);
      this.#run('update lesson set step = ? where learner = ? and lesson = ?', step, learner, lesson);
    });
  }

  /** Adds `tasks` to those that are done; `finished` when no task of the lesson is open any more. */
  addDone(
    learner: Learner,
    lesson: string,
    { tasks, finished }: { readonly tasks: readonly string[]; readonly finished: boolean },
  ): void {
    this.#together(() => {
      this.#touch(learner, lesson);
      for (const task of tasks)
        this.#run('insert or ignore into task values (?, ?, ?, ?)', learner, lesson, task, this.#now());
      if (finished)
        this.#run(
          'update lesson set finished_at = coalesce(finished_at, ?) where learner = ? and lesson = ?',
          this.#now(),
          learner,
          lesson,
        );
    });
  }

  /** The lesson begins anew: every task is open. That it was finished once stays known. */
  restart(learner: Learner, lesson: string): void {
    this.#together(() => {
      this.#run('delete from task where learner = ? and lesson = ?', learner, lesson);
      this.#run('update lesson set step = null where learner = ? and lesson = ?', learner, lesson);
    });
  }

  /** Adds what a file brings to what is known; nothing that is known goes. */
  merge(learner: Learner, progress: LearnerProgress): void {
    this.#together(() => {
      for (const [lesson, { done, step, startedAt, finishedAt }] of Object.entries(progress)) {
        this.#touch(learner, lesson);
        this.#run(
          `update lesson set step = coalesce(step, ?), started_at = min(started_at, ?),
             finished_at = coalesce(finished_at, ?) where learner = ? and lesson = ?`,
          step,
          Date.parse(startedAt),
          finishedAt === null ? null : Date.parse(finishedAt),
          learner,
          lesson,
        );
        for (const task of done)
          this.#run('insert or ignore into task values (?, ?, ?, ?)', learner, lesson, task, this.#now());
      }
    });
  }

  /** Removes all that is known of the learner. */
  forget(learner: Learner): void {
    this.#run('delete from lesson where learner = ?', learner);
  }

  close(): void {
    this.#database.close();
  }

  #touch(learner: Learner, lesson: string): void {
    const now = this.#now();
    this.#run(
      `insert into lesson (learner, lesson, started_at, seen_at) values (?, ?, ?, ?)
         on conflict do update set seen_at = excluded.seen_at`,
      learner,
      lesson,
      now,
      now,
    );
  }

  #swept(): this {
    this.#sweep();
    return this;
  }

  #sweep(): void {
    this.#run(
      'delete from lesson where learner in (select learner from lesson group by learner having max(seen_at) < ?)',
      this.#now() - KEPT_DAYS * DAY_MS,
    );
    this.#run(
      `delete from lesson where learner in (
         select learner from lesson group by learner order by max(seen_at) desc limit -1 offset ?)`,
      this.#learnersMax,
    );
  }

  /** All or nothing of it is kept. */
  #together(steps: () => void): void {
    this.#database.transaction(steps)();
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #all<Row>(sql: string, ...values: string[]): Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }
}

function openDatabase(file: string): Database.Database {
  const database = new Database(file);
  try {
    database.pragma('journal_mode = wal');
    // A commit is in the kernel's hands when it returns; the disk follows at each checkpoint.
    database.pragma('synchronous = normal');
    database.pragma('foreign_keys = on');
    const [row] = database.prepare('pragma user_version').all() as { user_version: number }[];
    if (row?.user_version === 0) database.exec(`begin; ${SCHEMA} commit;`);
    else if (row?.user_version !== SCHEMA_VERSION)
      throw new Error(
        `${file} was written by another version of Slipway. Start that one, or move the file away.`,
      );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isBroken(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT';
}

function progressOf(row: LessonRow, tasks: readonly TaskRow[]): LessonProgress {
  return {
    done: tasks.filter(({ lesson }) => lesson === row.lesson).map(({ task }) => task),
    step: row.step,
    startedAt: new Date(row.started_at).toISOString(),
    seenAt: new Date(row.seen_at).toISOString(),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at).toISOString(),
  };
}
