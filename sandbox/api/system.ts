import { sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';
import { compareVersions } from './version.ts';

/** What the daemon says of itself; the engine's wiring knows. */
export interface SystemBackend {
  version(): Promise<object>;
  info(): Promise<object>;
  diskUsage(): Promise<object>;
}

export const systemRoutes = (system: SystemBackend): Route[] => [
  { method: 'GET', path: '/_ping', handle: ping },
  { method: 'HEAD', path: '/_ping', handle: ping },
  {
    method: 'GET',
    path: '/version',
    handle: async (call) => sendJson(call.response, 200, await system.version()),
  },
  {
    method: 'GET',
    path: '/info',
    handle: async (call) => sendJson(call.response, 200, infoBefore(call.version, await system.info())),
  },
  {
    method: 'GET',
    path: '/system/df',
    handle: async (call) => sendJson(call.response, 200, await system.diskUsage()),
  },
  { method: 'OPTIONS', path: '/:any*', handle: async ({ response }) => sendNothing(response, 200) },
];

/** Before 1.25 there was a driver that ran containers, and security options had names alone. */
function infoBefore(version: string, info: object): object {
  if (compareVersions(version, '1.25') >= 0) return info;
  const { SecurityOptions: options } = info as { readonly SecurityOptions: readonly string[] };
  const names = options.map((option) => /^name=([^,]*)/.exec(option)?.[1] ?? option);
  return { ...info, SecurityOptions: names, ExecutionDriver: '<not supported>' };
}

async function ping(call: Call): Promise<void> {
  call.response.writeHead(200, {
    'Builder-Version': '1',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    'Content-Type': 'text/plain; charset=utf-8',
    Pragma: 'no-cache',
    'Content-Length': 2,
  });
  call.response.end(call.request.method === 'HEAD' ? undefined : 'OK');
}
