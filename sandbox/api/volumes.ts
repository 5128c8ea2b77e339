import { EngineError } from '../oci/errors.ts';
import type { Volume, Volumes } from '../container/volumes.ts';
import { readStruct } from './body.ts';
import { VOLUME } from './json/requests.ts';
import { hasLabel } from './containers.ts';
import type { Filters } from './query.ts';
import { filtersOf, flag } from './query.ts';
import { messageOf, sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';

export interface VolumeBackend {
  readonly volumes: Volumes;
  /** Bytes of files in it. */
  size(volume: Volume): Promise<number>;
}

export const volumeRoutes = (backend: VolumeBackend): Route[] => [
  { method: 'GET', path: '/volumes', handle: list(backend) },
  { method: 'POST', path: '/volumes/create', handle: create(backend) },
  { method: 'POST', path: '/volumes/prune', handle: prune(backend) },
  { method: 'GET', path: '/volumes/:name*', handle: inspect(backend) },
  { method: 'DELETE', path: '/volumes/:name*', handle: remove(backend) },
];

type Handle = (backend: VolumeBackend) => (call: Call) => Promise<void>;

const list: Handle =
  ({ volumes }) =>
  async (call) => {
    const filters = listFilters(call.query);
    const found = volumes.list().filter((volume) => matches(volumes, volume, filters));
    sendJson(call.response, 200, { Volumes: found, Warnings: null });
  };

function listFilters(query: URLSearchParams): Filters {
  const filters = readFilters(query);
  const dangling = filters.get('dangling') ?? ['true'];
  if (!dangling.some((value) => TRUE_OR_FALSE.includes(value))) {
    throw new EngineError('invalid', `Invalid filter 'dangling=[${dangling.join(' ')}]'`);
  }
  return filters;
}

const TRUE_OR_FALSE = ['true', '1', 'false', '0'];

function readFilters(query: URLSearchParams): Filters {
  try {
    return filtersOf(query, ['dangling', 'driver', 'label', 'name']);
  } catch (error) {
    const message = messageOf(error);
    if (message.startsWith('Invalid filter')) throw error;
    throw new EngineError('invalid', `error reading volume filters: ${message}`, { cause: error });
  }
}

function matches(volumes: Volumes, volume: Volume, filters: Filters): boolean {
  const dangling = filters.get('dangling')?.[0];
  if (dangling !== undefined) {
    const unused = volumes.users(volume.Name).length === 0;
    if (unused !== ['true', '1'].includes(dangling)) return false;
  }
  const any = (name: string, test: (value: string) => boolean) => {
    const values = filters.get(name) ?? [];
    return values.length === 0 || values.some(test);
  };
  return (
    any('name', (value) => volume.Name.includes(value)) &&
    any('driver', (value) => volume.Driver === value) &&
    (filters.get('label') ?? []).every((value) => hasLabel(volume.Labels, value))
  );
}

const create: Handle =
  ({ volumes }) =>
  async (call) => {
    const { Name, Driver, Labels, DriverOpts } = (await readStruct(call, VOLUME)) as {
      Name?: string;
      Driver?: string;
      Labels?: Record<string, string> | null;
      DriverOpts?: Record<string, string> | null;
    };
    const { volume } = await volumes.create({
      name: Name,
      driver: Driver,
      labels: Labels,
      options: DriverOpts,
    });
    sendJson(call.response, 201, volume);
  };

const inspect: Handle =
  ({ volumes }) =>
  async (call) => {
    sendJson(call.response, 200, volumes.get(call.params.name ?? ''));
  };

const remove: Handle =
  ({ volumes }) =>
  async (call) => {
    await volumes.remove(call.params.name ?? '', flag(call.query, 'force'));
    sendNothing(call.response);
  };

const prune: Handle = (backend) => async (call) => {
  const { volumes } = backend;
  const filters = filtersOf(call.query, ['label', 'label!']);
  const removed: string[] = [];
  let bytes = 0;
  for (const volume of volumes.list()) {
    const has = (wish: string) => hasLabel(volume.Labels, wish);
    const wanted = (filters.get('label') ?? []).every(has) && !(filters.get('label!') ?? []).some(has);
    // As dockerd: what lies behind a volume with options is not the driver's own.
    const isOwn = Object.keys(volume.Options ?? {}).length === 0;
    if (!wanted || !isOwn || volumes.users(volume.Name).length > 0) continue;
    bytes += await backend.size(volume);
    await volumes.remove(volume.Name, true);
    removed.push(volume.Name);
  }
  volumes.pruned(bytes);
  sendJson(call.response, 200, {
    VolumesDeleted: removed,
    SpaceReclaimed: bytes,
  });
};
