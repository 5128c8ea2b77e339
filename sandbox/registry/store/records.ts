import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DRAFT_ENDING, writeAtomically } from './file.ts';
import { Repository } from './repository.ts';

interface Writing {
  readonly running: Promise<void>;
  /** The write after it, which takes with it all changes made until it begins. */
  next?: Promise<void>;
}

/** All repositories, in memory and as one file each. The files are named by hash: a name may be longer than a file's. */
export class RepositoryRecords {
  readonly #folder: string;
  readonly #repositories = new Map<string, Repository>();
  readonly #writing = new Map<string, Writing>();

  /** Reads what is there; a file that is no record is reported and left alone. */
  constructor(folder: string, report: (message: string) => void) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (name.endsWith(DRAFT_ENDING)) rmSync(file, { force: true });
      if (!name.endsWith('.json')) continue;
      const repository = this.#read(file);
      if (repository && this.#fileOf(repository.name) === file)
        this.#repositories.set(repository.name, repository);
      else report(`${file} is not a repository's record; it is left as it is.`);
    }
  }

  get(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  values(): Iterable<Repository> {
    return this.#repositories.values();
  }

  /** The repository of that name, a new one when there is none. */
  open(name: string): Repository {
    const found = this.#repositories.get(name) ?? new Repository(name);
    this.#repositories.set(name, found);
    return found;
  }

  /**
   * Resolves when what the repository is now is on the disk. When that cannot be written, the repository is again what
   * the disk has of it: everybody whose change had not been written by then is refused.
   */
  save(repository: Repository): Promise<void> {
    const writing = this.#writing.get(repository.name);
    if (!writing) return this.#write(repository);
    writing.next ??= writing.running.then(() => this.#write(repository));
    return writing.next;
  }

  async delete(name: string): Promise<boolean> {
    if (!this.#repositories.delete(name)) return false;
    await this.#writing.get(name)?.running.catch(() => undefined);
    if (!this.#repositories.has(name)) await rm(this.#fileOf(name), { force: true });
    return true;
  }

  #write(repository: Repository): Promise<void> {
    const { name } = repository;
    const current = this.#repositories.get(name);
    const running = current ? this.#writeOrForget(current) : Promise.resolve();
    const writing: Writing = { running };
    this.#writing.set(name, writing);
    const end = () => {
      if (this.#writing.get(name) === writing) this.#writing.delete(name);
    };
    running.then(() => writing.next ?? end(), end);
    return running;
  }

  async #writeOrForget(repository: Repository): Promise<void> {
    const { name } = repository;
    try {
      await writeAtomically(this.#fileOf(name), repository.toJson());
    } catch (error) {
      if (this.#repositories.get(name) === repository) {
        const kept = this.#read(this.#fileOf(name));
        if (kept) this.#repositories.set(name, kept);
        else this.#repositories.delete(name);
      }
      throw error;
    }
  }

  /** Undefined when there is no such file, or no record in it. */
  #read(file: string): Repository | undefined {
    return existsSync(file) ? Repository.fromJson(readFileSync(file, 'utf8')) : undefined;
  }

  #fileOf(name: string): string {
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 32);
    return path.join(this.#folder, `${hash}.json`);
  }
}
