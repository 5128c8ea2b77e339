import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../oci/errors.ts';
import { Container } from './container.ts';
import type { ContainerRecord } from './model.ts';
import { inventName, parseName } from './names.ts';
import { parseLink } from './network/links.ts';

/** All containers, by id and by name, and their records on disk: `containers/<id>/config.json`. */
export class Registry {
  readonly #folder: string;
  readonly #byId = new Map<string, Container>();
  readonly #idByName = new Map<string, string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<Registry> {
    await mkdir(folder, { recursive: true, mode: 0o710 });
    const registry = new Registry(folder);
    for (const id of await readdir(folder)) {
      const record = await readRecord(join(folder, id, 'config.json'));
      // A container whose making was cut short has no record yet, or after a cut of the machine's power an empty one.
      if (record) registry.#keep(new Container(record, join(folder, id)));
      else await rm(join(folder, id), { recursive: true, force: true });
    }
    return registry;
  }

  folderOf(id: string): string {
    return join(this.#folder, id);
  }

  /** The latest first, as `docker ps` lists them. */
  list(): Container[] {
    return [...this.#byId.values()].sort((a, b) => (a.record.created < b.record.created ? 1 : -1));
  }

  /** By id, name, or unambiguous beginning of an id. */
  get(reference: string): Container {
    if (reference === '') throw new EngineError('invalid', 'invalid name or ID supplied: ""');
    const found = this.find(reference);
    if (!found) throw new EngineError('not-found', `No such container: ${reference}`);
    return found;
  }

  find(reference: string): Container | undefined {
    const name = reference.replace(/^\//, '');
    const exact = this.#byId.get(reference) ?? this.#byId.get(this.#idByName.get(name) ?? '');
    if (exact) return exact;
    if (name.includes('/')) return this.#findLinked(name);
    if (!/^[0-9a-f]+$/.test(reference)) return undefined;
    const matches = [...this.#byId.values()].filter((container) => container.id.startsWith(reference));
    if (matches.length > 1) {
      throw new EngineError('invalid', `Multiple IDs found with provided prefix: ${reference}`);
    }
    return matches[0];
  }

  /** Names that others know containers by, by id: `/web/db` for what `web` calls `db`. */
  linkNames(): ReadonlyMap<string, readonly string[]> {
    const names = new Map<string, string[]>();
    for (const { record } of this.#byId.values()) {
      for (const { target, alias } of (record.hostConfig.Links ?? []).map(parseLink)) {
        const id = this.find(target)?.id ?? '';
        names.set(id, [...(names.get(id) ?? []), `/${record.name}/${alias}`]);
      }
    }
    return names;
  }

  /** `web/db`: what the container `web` is linked with as `db`. */
  #findLinked(name: string): Container | undefined {
    const [holder = '', wanted] = name.split('/');
    const links = this.#byId.get(this.#idByName.get(holder) ?? '')?.record.hostConfig.Links ?? [];
    const link = links.map(parseLink).find(({ alias }) => alias === wanted);
    return link === undefined || link.target.includes('/') ? undefined : this.find(link.target);
  }

  /** Takes a name for `id` before anything else of the container is there; an empty wish gets an invented one. */
  reserve(wish: string, id: string): string {
    const name = wish === '' ? inventName((each) => this.#idByName.has(each)) : parseName(wish);
    const owner = this.#idByName.get(name);
    if (owner !== undefined && owner !== id) {
      throw new EngineError(
        'conflict',
        `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove ` +
          '(or rename) that container to be able to reuse that name.',
      );
    }
    this.#idByName.set(name, id);
    return name;
  }

  release(name: string): void {
    this.#idByName.delete(name);
  }

  /** On failure, such as a full disk, nothing of it is left. */
  async add(record: ContainerRecord, transient = false): Promise<Container> {
    const folder = this.folderOf(record.id);
    const container = new Container(record, folder);
    container.transient = transient;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o710 });
      this.#keep(container);
      await this.save(container);
    } catch (error) {
      await this.remove(container);
      throw error;
    }
    return container;
  }

  /** A start and the end of what it started may come here at the same time; what is removed stays so. */
  async save(container: Container): Promise<void> {
    if (container.transient) return;
    await container.writes.run(async () => {
      if (this.#byId.get(container.id) !== container) return;
      const path = join(container.folder, 'config.json');
      writeFileSync(`${path}.new`, JSON.stringify(container.record), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    });
  }

  /** Makes a transient container one like any other. */
  async keep(container: Container): Promise<void> {
    container.transient = false;
    await this.save(container);
  }

  async rename(container: Container, name: string): Promise<void> {
    const old = container.record.name;
    container.record.name = this.reserve(name, container.id);
    if (old !== container.record.name) this.release(old);
    await this.save(container);
  }

  async remove(container: Container): Promise<void> {
    this.#byId.delete(container.id);
    await container.writes.run(async () => rmSync(container.folder, { recursive: true, force: true }));
    this.release(container.record.name);
  }

  #keep(container: Container): void {
    this.#byId.set(container.id, container);
    this.#idByName.set(container.record.name, container.id);
  }
}

async function readRecord(path: string): Promise<ContainerRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ContainerRecord;
  } catch {
    return undefined;
  }
}
