import { EngineError } from '../oci/errors.ts';
import type { Call, Route } from './router.ts';
import { readJson } from './body.ts';
import { filtersOf, flag, integer } from './query.ts';
import { sendJson } from './respond.ts';

/**
 * Swarm mode and plugins are out of scope (docs/scope.md): the answers are those of a daemon that is in no swarm and has
 * no plugin. Clients ask all the same, to find out.
 */
export const swarmRoutes = (): Route[] => [
  ...managerRoutes('GET', ['/swarm', '/swarm/unlockkey']),
  ...managerRoutes('POST', ['/swarm/unlock']),
  { method: 'POST', path: '/swarm/init', handle: noSwarm },
  { method: 'POST', path: '/swarm/join', handle: noSwarm },
  { method: 'POST', path: '/swarm/leave', handle: notInSwarm },
  {
    method: 'POST',
    path: '/swarm/update',
    handle: update((text) => `invalid swarm version '${text}'`, true),
  },
  ...resourceRoutes('service', (text) => `invalid service version '${text}'`, true),
  ...resourceRoutes('node', (text) => `invalid node version '${text}'`, true).filter(
    ({ path }) => path !== '/nodes/create',
  ),
  ...resourceRoutes('secret', () => 'invalid secret version', false),
  ...resourceRoutes('config', () => 'invalid config version', false),
  ...managerRoutes('GET', ['/tasks', '/tasks/:id']),
  ...['/services/:id/logs', '/tasks/:id/logs'].map((path): Route => ({ method: 'GET', path, handle: logs })),
  ...pluginRoutes(),
];

export const NO_MANAGER =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

const managersOnly = async (): Promise<void> => {
  throw new EngineError('unavailable', NO_MANAGER);
};

const notInSwarm = async (): Promise<void> => {
  throw new EngineError('unavailable', 'This node is not part of a swarm');
};

const noSwarm = async (): Promise<void> => {
  throw new EngineError('not-implemented', 'Swarm mode is not built: a session is one machine by itself.');
};

function managerRoutes(method: Route['method'], paths: readonly string[]): Route[] {
  return paths.map((path) => ({ method, path, handle: managersOnly }));
}

/** What services, nodes, secrets and configurations have in common. */
function resourceRoutes(name: string, badVersion: (text: string) => string, withReason: boolean): Route[] {
  const all = `/${name}s`;
  return [
    ...managerRoutes('GET', [all, `${all}/:id`]),
    ...managerRoutes('DELETE', [`${all}/:id`]),
    { method: 'POST', path: `${all}/create`, handle: create },
    { method: 'POST', path: `${all}/:id/update`, handle: update(badVersion, withReason) },
  ];
}

async function create(call: Call): Promise<void> {
  await readJson(call);
  await managersOnly();
}

function update(badVersion: (text: string) => string, withReason: boolean) {
  return async (call: Call): Promise<void> => {
    await readJson(call);
    const version = call.query.get('version') ?? '';
    if (/^\d+$/.test(version)) return managersOnly();
    const reason = `: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`;
    throw new EngineError('invalid', `${badVersion(version)}${withReason ? reason : ''}`);
  };
}

async function logs({ query }: Call): Promise<void> {
  if (!flag(query, 'stdout') && !flag(query, 'stderr')) {
    throw new EngineError('invalid', 'Bad parameters: you must choose at least one stream');
  }
  await managersOnly();
}

function pluginRoutes(): Route[] {
  return [
    { method: 'GET', path: '/plugins', handle: listPlugins },
    { method: 'GET', path: '/plugins/privileges', handle: noPlugins },
    { method: 'GET', path: '/plugins/:name*/json', handle: unknownPlugin },
    { method: 'POST', path: '/plugins/pull', handle: noPlugins },
    { method: 'POST', path: '/plugins/create', handle: noPlugins },
    { method: 'POST', path: '/plugins/:name*/enable', handle: enablePlugin },
    ...['disable', 'push', 'upgrade', 'set'].map((verb): Route => ({
      method: 'POST',
      path: `/plugins/:name*/${verb}`,
      handle: unknownPlugin,
    })),
    { method: 'DELETE', path: '/plugins/:name*', handle: unknownPlugin },
  ];
}

async function listPlugins({ query, response }: Call): Promise<void> {
  filtersOf(query, ['enabled', 'capability']);
  sendJson(response, 200, []);
}

const noPlugins = async (): Promise<void> => {
  throw new EngineError('not-implemented', 'Plugins are not built.');
};

async function enablePlugin(call: Call): Promise<void> {
  if (integer(call.query, 'timeout') === undefined) {
    throw new EngineError('invalid', 'strconv.Atoi: parsing "": invalid syntax');
  }
  await unknownPlugin(call);
}

async function unknownPlugin({ params }: Call): Promise<void> {
  throw new EngineError('not-found', `plugin ${JSON.stringify(params.name ?? '')} not found`);
}
