import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit } from '../image/images.ts';
import { EngineError } from '../oci/errors.ts';
import { formatTime, now } from './clock.ts';
import type { ContainerRecord } from './model.ts';
import { VolumeMounts } from './volume-mounts.ts';

/** As `docker volume inspect` prints it. */
export interface Volume {
  readonly CreatedAt: string;
  readonly Driver: 'local';
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Mountpoint: string;
  readonly Name: string;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Scope: 'local';
}

export interface VolumeWishes {
  readonly name?: string | undefined;
  readonly driver?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly options?: Readonly<Record<string, string>> | null | undefined;
}

type Mounting = Pick<ContainerRecord, 'id' | 'mounts'>;

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Named folders on the session's disk that outlive containers: `volumes/<name>/_data`. */
export class Volumes {
  readonly #folder: string;
  readonly #emit: Emit;
  readonly #known: Map<string, Volume>;
  /** Volume name → ids of the containers that mount it. */
  readonly #users = new Map<string, Set<string>>();
  readonly #mounts = new VolumeMounts();

  private constructor(folder: string, emit: Emit, known: Map<string, Volume>) {
    this.#folder = folder;
    this.#emit = emit;
    this.#known = known;
  }

  static async open(folder: string, emit: Emit): Promise<Volumes> {
    await mkdir(folder, { recursive: true, mode: 0o711 });
    const known = new Map<string, Volume>();
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name, 'opts.json'), 'utf8').catch(() => undefined);
      if (text !== undefined)
        known.set(name, { ...(JSON.parse(text) as Volume), Mountpoint: join(folder, name, '_data') });
    }
    if ([...known.values()].some(({ Options }) => Options !== null)) await VolumeMounts.clean(folder);
    return new Volumes(folder, emit, known);
  }

  list(): Volume[] {
    return [...this.#known.values()].sort((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  get(name: string): Volume {
    const volume = this.#known.get(name);
    if (!volume) throw new EngineError('not-found', `get ${name}: no such volume`);
    return volume;
  }

  users(name: string): readonly string[] {
    return [...(this.#users.get(name) ?? [])];
  }

  /** An existing volume of this name is the answer as it is; a new one says so. */
  async create(wishes: VolumeWishes): Promise<{ readonly volume: Volume; readonly isNew: boolean }> {
    const name =
      wishes.name === undefined || wishes.name === '' ? randomBytes(32).toString('hex') : wishes.name;
    const existing = this.#known.get(name);
    if (existing) return { volume: existing, isNew: false };
    check(name, wishes);
    const volume: Volume = {
      CreatedAt: formatTime(now()).replace(/\.\d+Z$/, 'Z'),
      Driver: 'local',
      Labels: wishes.labels ?? null,
      Mountpoint: join(this.#folder, name, '_data'),
      Name: name,
      Options: wishes.options ?? null,
      Scope: 'local',
    };
    await mkdir(volume.Mountpoint, { recursive: true, mode: 0o755 });
    const file = join(this.#folder, name, 'opts.json');
    await writeFile(`${file}.new`, JSON.stringify(volume));
    await rename(`${file}.new`, file);
    this.#known.set(name, volume);
    this.#event('create', name, { driver: 'local' });
    return { volume, isNew: true };
  }

  async remove(name: string, force: boolean): Promise<void> {
    if (!this.#known.has(name)) {
      if (force) return;
      throw new EngineError('not-found', `get ${name}: no such volume`);
    }
    const users = this.users(name);
    if (users.length > 0) {
      throw new EngineError('conflict', `remove ${name}: volume is in use - [${users.join(', ')}]`);
    }
    if (this.#mounts.isMounted(name)) {
      throw new EngineError('internal', `remove ${name}: volume has active mounts`);
    }
    this.#known.delete(name);
    await rm(join(this.#folder, name), { recursive: true, force: true });
    this.#event('destroy', name, { driver: 'local' });
  }

  /** Makes ready what volumes of these names show, before a container of that id starts. */
  async acquire(names: readonly string[], containerId: string): Promise<void> {
    for (const name of names) await this.#mounts.acquire(this.get(name), containerId);
  }

  /** The container has ended. */
  async yield(names: readonly string[], containerId: string): Promise<void> {
    for (const name of names) {
      const volume = this.#known.get(name);
      if (volume) await this.#mounts.release(volume, containerId);
    }
  }

  /** Told at creation of a container and at the engine's start. */
  use(name: string, containerId: string): void {
    const users = this.#users.get(name) ?? new Set();
    this.#users.set(name, users.add(containerId));
  }

  release(name: string, containerId: string): void {
    this.#users.get(name)?.delete(containerId);
  }

  /** Tells that a container has its volumes from now on. */
  allMounted({ id, mounts }: Mounting): void {
    for (const { Name, Destination, Propagation, RW } of mounts) {
      if (Name === undefined) continue;
      this.#event('mount', Name, {
        driver: 'local',
        container: id,
        destination: Destination,
        propagation: Propagation,
        'read/write': String(RW),
      });
    }
  }

  allUnmounted({ id, mounts }: Mounting): void {
    for (const { Name } of mounts)
      if (Name !== undefined) this.#event('unmount', Name, { container: id, driver: 'local' });
  }

  /** What nobody used was removed, so many bytes of it. */
  pruned(bytes: number): void {
    this.#event('prune', '', { reclaimed: String(bytes) });
  }

  #event(action: string, name: string, attributes: Readonly<Record<string, string>>): void {
    this.#emit({ Type: 'volume', Action: action, Actor: { ID: name, Attributes: attributes } });
  }
}

function check(name: string, { driver, options }: VolumeWishes): void {
  if (driver !== undefined && driver !== '' && driver !== 'local') {
    throw new EngineError(
      'not-found',
      `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    );
  }
  if (!NAME.test(name)) {
    const reason =
      name.length < 2
        ? 'volume name is too short, names should be at least two alphanumeric characters'
        : undefined;
    throw new EngineError(
      'invalid',
      `create ${name}: ${
        reason ??
        `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. ` +
          'If you intended to pass a host directory, use absolute path'
      }`,
    );
  }
  if (options && Object.keys(options).length > 0) {
    const mistake = optionMistake(options);
    if (mistake !== undefined) throw new EngineError('invalid', `create ${name}: ${mistake}`);
  }
}

const OPTIONS = ['type', 'o', 'device', 'size'];

/** What dockerd says of options of its local driver that make no mount. */
function optionMistake(options: Readonly<Record<string, string>>): string | undefined {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) return `invalid option: ${JSON.stringify(unknown)}`;
  if (options.size !== undefined) return 'quota size requested but no quota support';
  const missing = ['type', 'device'].find((name) => (options[name] ?? '') === '');
  return missing === undefined ? undefined : `missing required option: ${JSON.stringify(missing)}`;
}
