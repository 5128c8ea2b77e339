import type { Call, Route } from '../api/router.ts';
import type { Files } from './files/files.ts';

type Verb = Exclude<keyof Files, symbol>;

const ROUTES: readonly (readonly [Route['method'], string, Verb])[] = [
  ['GET', '/slipway/files/list', 'list'],
  ['GET', '/slipway/files/content', 'read'],
  ['PUT', '/slipway/files/content', 'write'],
  ['DELETE', '/slipway/files', 'remove'],
  ['POST', '/slipway/files/folder', 'makeFolder'],
  ['POST', '/slipway/files/move', 'move'],
  ['GET', '/slipway/files/archive', 'archive'],
  ['POST', '/slipway/files/watch', 'watch'],
];

/** The learner's files below `home`. An engine whose files nobody looks at does without the code. */
export function fileRoutes(home: string): Route[] {
  let loaded: Promise<Files> | undefined;
  const load = () => (loaded ??= import('./files/files.ts').then(({ Files }) => new Files(home)));
  return ROUTES.map(([method, path, verb]) => ({
    method,
    path,
    handle: async (call: Call) => (await load())[verb](call),
  }));
}
