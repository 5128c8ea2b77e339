import type { ImageEngine } from '../../image/engine.ts';
import type { ListOptions } from '../../image/list.ts';
import { nameFor } from '../../image/tag.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Filters } from '../query.ts';
import { filtersOf, flag } from '../query.ts';
import { sendJson, sendNothing } from '../respond.ts';
import type { Call, Route } from '../router.ts';
import { search } from '../search.ts';
import { untilFilter } from '../time.ts';
import { compareVersions } from '../version.ts';
import type { CommitContainers } from './backend.ts';
import { commit } from './commit.ts';
import { fileInImage, layersOfFile } from './file.ts';
import { load } from './load.ts';
import { create } from './pull.ts';
import { push } from './push.ts';
import { save } from './save.ts';

export const imageRoutes = (images: ImageEngine, containers: CommitContainers): Route[] => [
  { method: 'GET', path: '/images/json', handle: list(images) },
  { method: 'POST', path: '/images/create', handle: create(images) },
  { method: 'POST', path: '/images/prune', handle: prune(images) },
  { method: 'POST', path: '/images/load', handle: load(images) },
  { method: 'GET', path: '/images/get', handle: save(images) },
  { method: 'GET', path: '/images/search', handle: search(images) },
  { method: 'GET', path: '/images/:name*/json', handle: inspect(images) },
  { method: 'GET', path: '/images/:name*/history', handle: history(images) },
  { method: 'GET', path: '/images/:name*/get', handle: save(images) },
  { method: 'POST', path: '/images/:name*/tag', handle: tag(images) },
  { method: 'POST', path: '/images/:name*/push', handle: push(images) },
  { method: 'DELETE', path: '/images/:name*', handle: remove(images) },
  { method: 'POST', path: '/commit', handle: commit(images, containers) },
];

/** What the web server alone may ask for; see `sandbox/engine/routes.ts`. */
export const ownImageRoutes = (images: ImageEngine): Route[] => [
  { method: 'GET', path: '/slipway/images/file', handle: fileInImage(images) },
  { method: 'GET', path: '/slipway/images/file/layers', handle: layersOfFile(images) },
];

type Handle = (images: ImageEngine) => (call: Call) => Promise<void>;

const list: Handle = (images) => async (call) => {
  sendJson(call.response, 200, await images.list(listOptions(call)));
};

const inspect: Handle = (images) => async (call) => {
  sendJson(call.response, 200, await images.inspect(call.params.name ?? ''));
};

const history: Handle = (images) => async (call) => {
  sendJson(call.response, 200, await images.history(call.params.name ?? ''));
};

const tag: Handle = (images) => async (call) => {
  const target = nameFor(call.query.get('repo') ?? '', call.query.get('tag') ?? '');
  await images.tag(call.params.name ?? '', target);
  sendNothing(call.response, 201);
};

const remove: Handle = (images) => async (call) => {
  const name = call.params.name ?? '';
  if (name.trim() === '') throw new EngineError('invalid', 'image name cannot be blank');
  const options = { force: flag(call.query, 'force'), prune: !flag(call.query, 'noprune') };
  sendJson(call.response, 200, await images.remove(name, options));
};

const prune: Handle = (images) => async (call) => {
  const filters = filtersOf(call.query, ['dangling', 'label', 'label!', 'until']);
  const until = untilFilter(filters.get('until'));
  const report = await images.prune({
    danglingOnly: pruneDangling(filters),
    labels: filters.get('label') ?? [],
    withoutLabels: filters.get('label!') ?? [],
    ...(until !== undefined && { until: Number(until) / 1e9 }),
  });
  sendJson(call.response, 200, report);
};

function listOptions({ query, version }: Call): ListOptions {
  const filters = filtersOf(query, ['dangling', 'label', 'before', 'since', 'reference']);
  // How old clients asked for one repository.
  const old = compareVersions(version, '1.41') < 0 ? (query.get('filter') ?? '') : '';
  const references = old === '' ? filters.get('reference') : [...(filters.get('reference') ?? []), old];
  const wanted = dangling(filters);
  return {
    all: flag(query, 'all'),
    labels: filters.get('label') ?? [],
    before: filters.get('before') ?? [],
    since: filters.get('since') ?? [],
    ...(wanted !== undefined && { dangling: wanted }),
    ...(references && { references }),
  };
}

/** Where a client asks for both, a list shows what is dangling. */
function dangling(filters: Filters): boolean | undefined {
  const values = filters.get('dangling');
  if (values === undefined) return undefined;
  if (values.includes('true')) return true;
  if (values.includes('false')) return false;
  throw badDangling(values);
}

/** Where a client asks for both, a prune takes all that is unused. */
function pruneDangling(filters: Filters): boolean {
  const values = filters.get('dangling');
  if (values === undefined) return true;
  if (values.includes('false') || values.includes('0')) return false;
  if (values.includes('true') || values.includes('1')) return true;
  throw badDangling(values);
}

function badDangling(values: readonly string[]): EngineError {
  return new EngineError('invalid', `Invalid filter 'dangling=[${values.join(' ')}]'`);
}
