import { appendFile, mkdir, rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { OwnedSession, Sessions } from '../sessions/sessions.ts';
import { withoutNames } from './log.ts';

/** When the file becomes `audit.1.jsonl`, in bytes; the one that had this name goes. */
const FILE_MAX_BYTES = 10 * 1024 ** 2;

/** Entries that wait for the disk; beyond, the oldest go, and a line says how many. */
const WAITING_MAX = 10_000;

/** Letters of a learner's hash that tell learners apart without being of any use elsewhere. */
export const LEARNER_LETTERS = 12;

/** One line: what was created or ended, whose, when and why. Nothing of what learners type or make. */
export interface AuditEntry {
  readonly what: 'created' | 'running' | 'stopped' | 'failed' | 'reset' | 'ended' | 'notice' | 'admin';
  readonly session?: string;
  readonly learner?: string;
  readonly lesson?: string | null;
  /** A sentence. */
  readonly why?: string;
}

export interface AuditOptions {
  /** `audit.jsonl` lies in it: one JSON object a line, with `time` in ISO 8601. */
  readonly folder: string;
  readonly report: (message: string, error?: unknown) => void;
}

/** The trail of what the server created and ended, and why; two files of ten megabytes at most. */
export class Audit {
  readonly #options: AuditOptions;
  #waiting: string[] = [];
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  write(entry: AuditEntry): void {
    if (this.#waiting.length >= WAITING_MAX) this.#lost += this.#waiting.splice(0, WAITING_MAX / 2).length;
    this.#waiting.push(JSON.stringify({ time: new Date().toISOString(), ...entry }));
    this.#writing ??= this.#drain().finally(() => (this.#writing = undefined));
  }

  /** Resolves when all that was written is in the file. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #drain(): Promise<void> {
    const { folder, report } = this.#options;
    const file = join(folder, 'audit.jsonl');
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      while (this.#waiting.length > 0) {
        const lines = this.#waiting.splice(0);
        if (this.#lost > 0) lines.unshift(JSON.stringify({ what: 'lost', entries: this.#lost }));
        this.#lost = 0;
        await append(file, `${lines.join('\n')}\n`);
      }
    } catch (error) {
      this.#lost += this.#waiting.splice(0).length;
      report('The audit trail cannot be written.', error);
    }
  }
}

/** All of it or nothing: a full disk takes a part of a line. */
async function append(file: string, lines: string): Promise<void> {
  const size = await turnOver(file);
  try {
    await appendFile(file, lines, { mode: 0o600 });
  } catch (error) {
    await truncate(file, size).catch(() => undefined);
    throw error;
  }
}

/** The size of the file that is written to from now on, in bytes. */
async function turnOver(file: string): Promise<number> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size < FILE_MAX_BYTES) return size;
  await rename(file, file.replace(/\.jsonl$/, '.1.jsonl'));
  return 0;
}

/** Writes down what happens to sessions; returns the way to stop it. */
export function auditSessions(sessions: Sessions, audit: Audit): () => void {
  const states = new Map<string, string>(sessions.all().map(({ record, info }) => [record.id, info.state]));
  return sessions.listen({
    created: (session) => {
      states.set(session.record.id, 'running');
      audit.write({ what: 'created', ...about(session) });
    },
    changed: (session) => {
      const { state, end } = session.info;
      if (states.get(session.record.id) === state) return;
      states.set(session.record.id, state);
      if (state !== 'running' && state !== 'stopped' && state !== 'failed') return;
      audit.write({
        what: state,
        ...about(session),
        ...(state !== 'running' && end && { why: withoutNames(end.message) }),
      });
    },
    wasReset: (session) => audit.write({ what: 'reset', ...about(session) }),
    notice: (id, _level, why) => audit.write({ what: 'notice', session: id, why: withoutNames(why) }),
    ended: (id, why) => {
      states.delete(id);
      audit.write({ what: 'ended', session: id, why });
    },
  });
}

function about({ record }: OwnedSession): Pick<AuditEntry, 'session' | 'learner' | 'lesson'> {
  return { session: record.id, learner: record.owner.slice(0, LEARNER_LETTERS), lesson: record.lesson };
}
