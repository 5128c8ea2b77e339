import type * as z from 'zod';
import { EngineRefused, type EngineClient } from '../engine/client.ts';
import {
  Changes,
  ContainerDetail,
  ContainerSummaries,
  FileInImage,
  FileLayers,
  ImageDetail,
  ImageHistory,
  ImageSummaries,
  Networks,
  ScriptResult,
  Volumes,
  type Build,
  type Named,
  type ContainerSummary,
  type EngineEvent,
  type ImageSummary,
  type Transfer,
} from '../engine/schemas.ts';
import { MachineFiles } from '../files/machine-files.ts';
import { fetchInMachine, type Fetched } from './fetch.ts';
import { readLogs } from './logs.ts';
import { isCalled } from './names.ts';

/** What checks may know of a machine. Nothing here can change it, and asking twice is answered from one request. */
export interface EngineView {
  images(): Promise<readonly ImageSummary[]>;
  /** By name or id; undefined when there is none. */
  findImage(reference: string): Promise<ImageDetail | undefined>;
  history(reference: string): Promise<ImageHistory>;
  /** All of them, running or not, newest first. */
  containers(): Promise<readonly ContainerSummary[]>;
  findContainer(nameOrId: string): Promise<ContainerDetail | undefined>;
  /** What differs from the container's image, as `docker diff` shows it. */
  changes(containerId: string): Promise<Changes>;
  logs(container: ContainerDetail): Promise<string>;
  findFile(image: string, path: string): Promise<FileInImage | undefined>;
  /** Which layers of the image hold something at the path, base first. */
  fileLayers(image: string, path: string): Promise<readonly boolean[]>;
  /** Names of all of them. */
  volumes(): Promise<readonly string[]>;
  networks(): Promise<readonly string[]>;
  /** The text of a file of the learner, such as `~/web/Dockerfile`; undefined when there is none, or a very large one. */
  readFile(path: string): Promise<string | undefined>;
  /** What lies at a path of the learner; undefined when nothing does. A link is what it leads to. */
  findEntry(path: string): Promise<'file' | 'folder' | 'other' | undefined>;
  fetch(port: number, path: string, headers?: Readonly<Record<string, string>>): Promise<Fetched | undefined>;
  /** The learner's own repositories of this name on the hub, whatever their names there: `web` for `anna/web`. */
  hub(repository: string): readonly HubRepository[];
  run(script: string, timeoutMs: number): Promise<ScriptResult>;
  /** The oldest first. */
  builds(): readonly Build[];
  transfers(): readonly Transfer[];
  /** Whether the lesson speaks of an image or a container of this name: it is no slip of another one. */
  isExpected(name: string): boolean;
  /** What has happened since the machine was started, oldest first; of very much, the last. */
  events(): readonly EngineEvent[];
  /** When the step of the task began, in milliseconds since 1970; undefined when it has not. */
  readonly stepBegan: number | undefined;
}

/** A repository of the lab's hub. */
export interface HubRepository {
  /** As it is pulled: `anna/web`. */
  readonly name: string;
  readonly tags: ReadonlyMap<string, { readonly digest: string }>;
  /** What of it is signed; undefined when nothing ever was. Rejects while the notary does not answer. */
  signed(): Promise<
    { readonly tags: ReadonlyMap<string, string>; readonly signers: readonly string[] } | undefined
  >;
}

/** The learner's own repositories on the hub. */
export type HubView = () => readonly HubRepository[];

const API = '/v1.41';
const FILE_MAX_BYTES = 256 * 1024;

export interface LookOptions {
  readonly events: readonly EngineEvent[];
  readonly builds: readonly Build[];
  readonly transfers: readonly Transfer[];
  readonly hub: HubView;
  /** Names of images, as `docker images` prints them, and of containers. */
  readonly expected: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** The machine as it is for one round of checks: each question is asked once, then remembered. */
export function lookAt(engine: EngineClient, options: LookOptions): EngineView {
  const { events, builds, transfers, hub, expected, signal } = options;
  const asked = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = asked.get(key) ?? ask();
    asked.set(key, known);
    return known as Promise<T>;
  };
  const get = <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
    once(path, () => engine.get(path, schema, { signal }));
  const find = <T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> =>
    get(path, schema).catch((error: unknown) => {
      if (error instanceof EngineRefused && error.status === 404) return undefined;
      throw error;
    });
  const files = new MachineFiles(engine);
  const name = encodeURIComponent;
  const ofImage = (reference: string) => `${API}/images/${reference.split('/').map(name).join('/')}`;
  const namesOf = (all: readonly Named[]) => all.map(({ Name }) => Name);
  return {
    images: () => get(`${API}/images/json`, ImageSummaries),
    findImage: async (reference) => {
      const found = await find(`${ofImage(reference)}/json`, ImageDetail);
      return found && isCalled(found, reference) ? found : undefined;
    },
    history: (reference) => get(`${ofImage(reference)}/history`, ImageHistory),
    containers: () => get(`${API}/containers/json?all=1`, ContainerSummaries),
    findContainer: (id) => find(`${API}/containers/${name(id)}/json`, ContainerDetail),
    changes: (id) => get(`${API}/containers/${name(id)}/changes`, Changes),
    logs: ({ Id, Config }) =>
      once(`logs ${Id}`, () => readLogs(engine, { id: Id, tty: Config.Tty === true, signal })),
    findFile: (image, path) =>
      find(`/slipway/images/file?image=${name(image)}&path=${name(path)}`, FileInImage),
    fileLayers: async (image, path) =>
      (await get(`/slipway/images/file/layers?image=${name(image)}&path=${name(path)}`, FileLayers)).layers,
    volumes: async () => namesOf((await get(`${API}/volumes`, Volumes)).Volumes),
    networks: async () => namesOf(await get(`${API}/networks`, Networks)),
    readFile: (path) =>
      once(`file ${path}`, async () => {
        const text = await files.readText(path.replace(/^~\//, ''), FILE_MAX_BYTES, signal);
        signal.throwIfAborted();
        return text;
      }),
    findEntry: (path) => once(`entry ${path}`, () => files.typeOf(path.replace(/^~\//, ''), signal)),
    fetch: (port, path, headers = {}) =>
      once(`fetch ${port} ${path} ${JSON.stringify(headers)}`, () =>
        fetchInMachine(engine, { port, path, headers, signal }),
      ),
    hub: (repository) => hub().filter((own) => own.name.replace(/^[^/]*\//, '') === repository),
    run: (script, timeoutMs) =>
      once(`run ${script}`, () =>
        engine.call('POST', '/slipway/run', ScriptResult, { body: { script, timeoutMs }, signal }),
      ),
    builds: () => builds,
    transfers: () => transfers,
    isExpected: (name) => expected.has(name),
    events: () => events,
    stepBegan: undefined,
  };
}
