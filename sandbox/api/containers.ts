import type { Container } from '../container/container.ts';
import type { Containers } from '../container/containers.ts';
import { parseCreateRequest } from '../container/create-request.ts';
import { LIST_FILTERS } from '../container/list.ts';
import type { HostConfig } from '../container/model.ts';
import { EngineError } from '../oci/errors.ts';
import { isObject, readJson, readObject } from './body.ts';
import type { Filters } from './query.ts';
import { filtersOf, flag, integer } from './query.ts';
import { sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';
import { parseUntil } from './time.ts';

export const containerRoutes = (containers: Containers): Route[] => [
  { method: 'GET', path: '/containers/json', handle: list(containers) },
  { method: 'POST', path: '/containers/create', handle: create(containers) },
  { method: 'POST', path: '/containers/prune', handle: prune(containers) },
  { method: 'GET', path: '/containers/:id/json', handle: inspect(containers) },
  { method: 'GET', path: '/containers/:id/changes', handle: changes(containers) },
  { method: 'GET', path: '/containers/:id/export', handle: exportNotBuilt },
  { method: 'POST', path: '/containers/:id/start', handle: start(containers) },
  { method: 'POST', path: '/containers/:id/stop', handle: stop(containers) },
  { method: 'POST', path: '/containers/:id/restart', handle: restart(containers) },
  { method: 'POST', path: '/containers/:id/kill', handle: kill(containers) },
  { method: 'POST', path: '/containers/:id/pause', handle: pause(containers) },
  { method: 'POST', path: '/containers/:id/unpause', handle: unpause(containers) },
  { method: 'POST', path: '/containers/:id/rename', handle: rename(containers) },
  { method: 'POST', path: '/containers/:id/resize', handle: resize(containers) },
  { method: 'POST', path: '/containers/:id/update', handle: update(containers) },
  { method: 'DELETE', path: '/containers/:id', handle: remove(containers) },
];

async function exportNotBuilt(): Promise<void> {
  throw new EngineError('not-implemented', 'Exporting a container is not built yet.');
}

type Handle = (containers: Containers) => (call: Call) => Promise<void>;

const list: Handle = (containers) => async (call) => {
  const limit = integer(call.query, 'limit');
  const found = await containers.list({
    all: flag(call.query, 'all'),
    limit: limit !== undefined && limit > 0 ? limit : undefined,
    size: flag(call.query, 'size'),
    filters: filtersOf(call.query, LIST_FILTERS),
  });
  sendJson(call.response, 200, found);
};

const create: Handle = (containers) => async (call) => {
  const body = await readJson(call);
  if (!isObject(body)) {
    throw new EngineError('invalid', 'Config cannot be empty in order to create a container');
  }
  const { container, warnings } = await containers.create(
    call.query.get('name') ?? '',
    parseCreateRequest(body),
  );
  sendJson(call.response, 201, { Id: container.id, Warnings: warnings });
};

const inspect: Handle = (containers) => async (call) => {
  sendJson(call.response, 200, await containers.inspect(idOf(call), flag(call.query, 'size')));
};

const changes: Handle = (containers) => async (call) => {
  const found = await containers.changes(idOf(call));
  sendJson(call.response, 200, found.length === 0 ? null : found);
};

const start: Handle = (containers) => async (call) => {
  await containers.start(idOf(call));
  sendNothing(call.response);
};

const stop: Handle = (containers) => async (call) => {
  await containers.stop(idOf(call), integer(call.query, 't'));
  sendNothing(call.response);
};

const restart: Handle = (containers) => async (call) => {
  await containers.restart(idOf(call), integer(call.query, 't'));
  sendNothing(call.response);
};

const kill: Handle = (containers) => async (call) => {
  await containers.kill(idOf(call), call.query.get('signal') ?? '');
  sendNothing(call.response);
};

const pause: Handle = (containers) => async (call) => {
  await containers.pause(idOf(call));
  sendNothing(call.response);
};

const unpause: Handle = (containers) => async (call) => {
  await containers.unpause(idOf(call));
  sendNothing(call.response);
};

const rename: Handle = (containers) => async (call) => {
  await containers.rename(idOf(call), call.query.get('name') ?? '');
  sendNothing(call.response);
};

const resize: Handle = (containers) => async (call) => {
  await containers.resize(idOf(call), ...sizeOf(call));
  sendNothing(call.response, 200);
};

/** What `docker update` can change; a client sends all of it, and zero for what stays. */
const UPDATABLE = [
  'RestartPolicy', 'Memory', 'MemorySwap', 'MemoryReservation', 'NanoCpus', 'CpuShares', 'CpuPeriod', 'CpuQuota',
  'PidsLimit',
] as const; // prettier-ignore

const update: Handle = (containers) => async (call) => {
  const body = (await readObject(call)) as Partial<HostConfig>;
  const wanted = UPDATABLE.filter((name) => {
    const value = body[name];
    if (name === 'RestartPolicy') return (body.RestartPolicy?.Name ?? '') !== '';
    return value !== undefined && value !== null && value !== 0;
  });
  await containers.update(idOf(call), Object.fromEntries(wanted.map((name) => [name, body[name]])));
  sendJson(call.response, 200, { Warnings: null });
};

const remove: Handle = (containers) => async (call) => {
  if (flag(call.query, 'link'))
    throw new EngineError('not-implemented', 'removing the link of a container is not built');
  await containers.remove(idOf(call), { force: flag(call.query, 'force'), volumes: flag(call.query, 'v') });
  sendNothing(call.response);
};

const prune: Handle = (containers) => async (call) => {
  const matches = pruneMatcher(filtersOf(call.query, ['label', 'label!', 'until']));
  const { removed, bytes } = await containers.prune((container) => matches(container));
  sendJson(call.response, 200, {
    ContainersDeleted: removed.length === 0 ? null : removed,
    SpaceReclaimed: bytes,
  });
};

function pruneMatcher(filters: Filters): (container: Container) => boolean {
  const before = parseUntil(filters.get('until')?.[0]);
  return ({ record }) => {
    if (before !== undefined && BigInt(Date.parse(record.created)) * 1_000_000n >= before) return false;
    const has = (wish: string) => hasLabel(record.config.Labels, wish);
    return (filters.get('label') ?? []).every(has) && !(filters.get('label!') ?? []).some(has);
  };
}

/** `key` or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>> | null, wish: string): boolean {
  const at = wish.indexOf('=');
  const value = labels?.[at === -1 ? wish : wish.slice(0, at)];
  return value !== undefined && (at === -1 || value === wish.slice(at + 1));
}

export function idOf(call: Call): string {
  return call.params.id ?? '';
}

/** Columns and rows of `?w=&h=`. */
export function sizeOf(call: Call): [columns: number, rows: number] {
  const [columns, rows] = [integer(call.query, 'w'), integer(call.query, 'h')];
  if (columns === undefined || rows === undefined) {
    throw new EngineError('invalid', 'strconv.Atoi: parsing "": invalid syntax');
  }
  return [columns, rows];
}
