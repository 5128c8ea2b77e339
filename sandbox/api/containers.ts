import type { Container } from '../container/container.ts';
import type { Containers } from '../container/containers.ts';
import { parseCreateRequest, parseUpdateRequest } from '../container/create-request.ts';
import { exportContainer } from '../container/export.ts';
import { LIST_FILTERS } from '../container/list.ts';
import type { RestartPolicy } from '../container/model.ts';
import { isSignal, parseSignal } from '../container/signals.ts';
import { parsePlatform } from '../image/platform.ts';
import { EngineError } from '../oci/errors.ts';
import { readStruct } from './body.ts';
import { CONTAINER, UPDATE } from './json/requests.ts';
import { sendArchive } from './images/save.ts';
import type { Filters } from './query.ts';
import { inspectedBefore } from './old-inspect.ts';
import { filtersOf, flag, integer, parseInteger } from './query.ts';
import { sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';
import { untilFilter } from './time.ts';
import { compareVersions } from './version.ts';

export const containerRoutes = (containers: Containers): Route[] => [
  { method: 'GET', path: '/containers/json', handle: list(containers) },
  { method: 'POST', path: '/containers/create', handle: create(containers) },
  { method: 'POST', path: '/containers/prune', handle: prune(containers) },
  { method: 'GET', path: '/containers/:id*/json', handle: inspect(containers) },
  { method: 'GET', path: '/containers/:id*/changes', handle: changes(containers) },
  { method: 'GET', path: '/containers/:id*/export', handle: exportTo(containers) },
  { method: 'POST', path: '/containers/:id*/start', handle: start(containers) },
  { method: 'POST', path: '/containers/:id*/stop', handle: stop(containers) },
  { method: 'POST', path: '/containers/:id*/restart', handle: restart(containers) },
  { method: 'POST', path: '/containers/:id*/kill', handle: kill(containers) },
  { method: 'POST', path: '/containers/:id*/pause', handle: pause(containers) },
  { method: 'POST', path: '/containers/:id*/unpause', handle: unpause(containers) },
  { method: 'POST', path: '/containers/:id*/rename', handle: rename(containers) },
  { method: 'POST', path: '/containers/:id*/resize', handle: resize(containers) },
  { method: 'POST', path: '/containers/:id*/update', handle: update(containers) },
  { method: 'DELETE', path: '/containers/:id*', handle: remove(containers) },
];

type Handle = (containers: Containers) => (call: Call) => Promise<void>;

const exportTo: Handle = (containers) => async (call) => {
  await exportContainer(containers.context, call.params.id ?? '', async (archive) =>
    sendArchive(call, archive, { type: 'application/octet-stream' }),
  );
};

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
  const { HostConfig, NetworkingConfig, ...config } = await readStruct(call, CONTAINER, { whenEmpty: 'EOF' });
  if (Object.keys(config).length === 0) {
    throw new EngineError('invalid', 'Config cannot be empty in order to create a container');
  }
  const platform = call.query.get('platform') ?? '';
  const { container, warnings } = await containers.create(call.query.get('name') ?? '', {
    ...parseCreateRequest({
      HostConfig: hostConfigBefore(call.version, HostConfig as HostWish),
      NetworkingConfig,
      ...config,
    }),
    ...(platform !== '' && { platform: parsePlatform(platform) }),
  });
  sendJson(call.response, 201, { Id: container.id, Warnings: warnings });
};

type HostWish = Readonly<Record<string, unknown>> | undefined;

/** What a client of an old version meant by saying nothing. */
function hostConfigBefore(version: string, wish: HostWish = {}): HostWish {
  const before = (first: string) => compareVersions(version, first) < 0;
  const unsaid = (name: string) => (wish[name] ?? '') === '';
  return {
    ...wish,
    // The client removes it.
    ...(before('1.25') && { AutoRemove: false }),
    ...(before('1.40') && unsaid('IpcMode') && { IpcMode: 'shareable' }),
    ...(before('1.41') && unsaid('CgroupnsMode') && { CgroupnsMode: 'host' }),
  };
}

const inspect: Handle = (containers) => async (call) => {
  const found = await containers.inspect(idOf(call), flag(call.query, 'size'));
  sendJson(call.response, 200, inspectedBefore(call.version, found));
};

const changes: Handle = (containers) => async (call) => {
  const found = await containers.changes(idOf(call));
  sendJson(call.response, 200, found.length === 0 ? null : found);
};

const start: Handle = (containers) => async (call) => {
  refuseBody(call);
  await containers.start(idOf(call));
  sendNothing(call.response);
};

/** What a container is to be is said when it is created. */
function refuseBody({ request: { headers }, version }: Call): void {
  const length = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : -1;
  if ((length <= SHORTEST_OBJECT_BYTES && length !== -1) || compareVersions(version, '1.24') < 0) return;
  throw new EngineError(
    'invalid',
    'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
  );
}

/** `{"a":1}`: less says nothing. */
const SHORTEST_OBJECT_BYTES = 7;

const stop: Handle = (containers) => async (call) => {
  await containers.stop(idOf(call), integer(call.query, 't'));
  sendNothing(call.response);
};

const restart: Handle = (containers) => async (call) => {
  await containers.restart(idOf(call), integer(call.query, 't'));
  sendNothing(call.response);
};

const kill: Handle = (containers) => async (call) => {
  const [id, signal] = [idOf(call), call.query.get('signal') ?? ''];
  const number = signal === '' ? undefined : parseSignal(signal);
  try {
    if (number !== undefined && !isSignal(number)) {
      throw new EngineError(
        'invalid',
        `The linux daemon does not support signal ${BigInt.asUintN(64, BigInt(number))}`,
      );
    }
    await containers.kill(id, number === undefined ? '' : String(number));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    // Nothing to kill was well enough for clients before 1.20.
    if (error.kind !== 'conflict' || compareVersions(call.version, '1.20') >= 0) throw cannotKill(id, error);
  }
  sendNothing(call.response);
};

function cannotKill(id: string, { kind, message }: EngineError): EngineError {
  const prefix = `Cannot kill container: ${id}: `;
  return new EngineError(kind, message.startsWith(prefix) ? message : prefix + message);
}

const pause: Handle = (containers) => async (call) => {
  await containers.pause(idOf(call));
  sendNothing(call.response);
};

const unpause: Handle = (containers) => async (call) => {
  await containers.unpause(idOf(call));
  sendNothing(call.response);
};

const rename: Handle = (containers) => async (call) => {
  const name = call.query.get('name') ?? '';
  if (name === '') throw new EngineError('invalid', 'Neither old nor new names may be empty');
  await containers.rename(idOf(call), name);
  sendNothing(call.response);
};

const resize: Handle = (containers) => async (call) => {
  const size = sizeOf(call);
  await containers.resize(idOf(call), ...size);
  sendNothing(call.response, 200);
};

const update: Handle = (containers) => async (call) => {
  const wish = await readStruct(call, UPDATE, { whenEmpty: 'EOF' });
  // Processes could not be limited by an update before 1.40.
  const { PidsLimit, ...before140 } = wish;
  const policy = wish.RestartPolicy as Partial<RestartPolicy> | undefined;
  const known = PidsLimit !== undefined && compareVersions(call.version, '1.40') < 0 ? before140 : wish;
  const warnings = await containers.update(
    containers.get(idOf(call)).id,
    parseUpdateRequest({
      ...known,
      ...(policy && { RestartPolicy: { Name: '', MaximumRetryCount: 0, ...policy } }),
    }),
  );
  sendJson(call.response, 200, { Warnings: warnings.length === 0 ? null : warnings });
};

const remove: Handle = (containers) => async (call) => {
  if (flag(call.query, 'link')) {
    await containers.unlink(idOf(call));
    sendNothing(call.response);
    return;
  }
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
  const before = untilFilter(filters.get('until'));
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

/** Columns and rows of `?w=&h=`; both have to be there. */
export function sizeOf({ query }: Call): [columns: number, rows: number] {
  const rows = parseInteger(query.get('h') ?? '');
  return [parseInteger(query.get('w') ?? ''), rows];
}
