import type * as z from 'zod';
import { EngineRefused, type EngineClient } from '../engine/client.ts';
import {
  Changes,
  ContainerDetail,
  ContainerSummaries,
  FileInImage,
  ImageDetail,
  ImageSummaries,
  type ContainerSummary,
  type EngineEvent,
  type ImageSummary,
} from '../engine/schemas.ts';

/** What checks may know of an engine. Nothing here can change it, and asking twice is answered from one request. */
export interface EngineView {
  images(): Promise<readonly ImageSummary[]>;
  /** By name or id; undefined when there is none. */
  findImage(reference: string): Promise<ImageDetail | undefined>;
  /** All of them, running or not, newest first. */
  containers(): Promise<readonly ContainerSummary[]>;
  findContainer(nameOrId: string): Promise<ContainerDetail | undefined>;
  /** What differs from the container's image, as `docker diff` shows it. */
  changes(containerId: string): Promise<Changes>;
  findFile(image: string, path: string): Promise<FileInImage | undefined>;
  /** Whether the lesson speaks of an image or a container of this name: it is no slip of another one. */
  isExpected(name: string): boolean;
  /** What has happened since the server began to listen, oldest first. */
  events(): readonly EngineEvent[];
}

const API = '/v1.41';

export interface LookOptions {
  readonly events: readonly EngineEvent[];
  /** Names of images, as `docker images` prints them, and of containers. */
  readonly expected: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** The engine as it is for one round of checks: each question is asked once, then remembered. */
export function lookAt(engine: EngineClient, { events, expected, signal }: LookOptions): EngineView {
  const asked = new Map<string, Promise<unknown>>();
  const get = <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const known = asked.get(path) ?? engine.get(path, schema, { signal });
    asked.set(path, known);
    return known as Promise<T>;
  };
  const find = <T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> =>
    get(path, schema).catch((error: unknown) => {
      if (error instanceof EngineRefused && error.status === 404) return undefined;
      throw error;
    });
  const name = encodeURIComponent;
  return {
    images: () => get(`${API}/images/json`, ImageSummaries),
    findImage: (reference) =>
      find(`${API}/images/${reference.split('/').map(name).join('/')}/json`, ImageDetail),
    containers: () => get(`${API}/containers/json?all=1`, ContainerSummaries),
    findContainer: (id) => find(`${API}/containers/${name(id)}/json`, ContainerDetail),
    changes: (id) => get(`${API}/containers/${name(id)}/changes`, Changes),
    findFile: (image, path) =>
      find(`/slipway/images/file?image=${name(image)}&path=${name(path)}`, FileInImage),
    isExpected: (name) => expected.has(name),
    events: () => events,
  };
}
