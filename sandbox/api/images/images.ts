import { parseDuration } from '../../image/changes/duration.ts';
import type { ImageEngine } from '../../image/engine.ts';
import type { ListOptions } from '../../image/list.ts';
import { nameFor } from '../../image/tag.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Filters } from '../query.ts';
import { filtersOf, flag } from '../query.ts';
import { sendJson, sendNothing } from '../respond.ts';
import type { Call, Route } from '../router.ts';
import { parseTime } from '../time.ts';
import type { CommitContainers } from './backend.ts';
import { commit } from './commit.ts';
import { fileInImage } from './file.ts';
import { create } from './pull.ts';

export const imageRoutes = (images: ImageEngine, containers: CommitContainers): Route[] => [
  { method: 'GET', path: '/images/json', handle: list(images) },
  { method: 'POST', path: '/images/create', handle: create(images) },
  { method: 'POST', path: '/images/prune', handle: prune(images) },
  { method: 'POST', path: '/images/load', handle: notBuilt('Loading images from an archive') },
  { method: 'GET', path: '/images/get', handle: notBuilt('Saving images to an archive') },
  { method: 'GET', path: '/images/search', handle: notBuilt('Searching a registry') },
  { method: 'GET', path: '/images/:name*/json', handle: inspect(images) },
  { method: 'GET', path: '/images/:name*/history', handle: history(images) },
  { method: 'GET', path: '/images/:name*/get', handle: notBuilt('Saving images to an archive') },
  { method: 'POST', path: '/images/:name*/tag', handle: tag(images) },
  { method: 'POST', path: '/images/:name*/push', handle: notBuilt('Pushing to a registry') },
  { method: 'DELETE', path: '/images/:name*', handle: remove(images) },
  { method: 'POST', path: '/commit', handle: commit(images, containers) },
  { method: 'POST', path: '/build', handle: notBuilt('Building images from a Dockerfile') },
  { method: 'POST', path: '/build/prune', handle: pruneBuilds },
];

/** What the web server alone may ask for; see `sandbox/engine/routes.ts`. */
export const ownImageRoutes = (images: ImageEngine): Route[] => [
  { method: 'GET', path: '/slipway/images/file', handle: fileInImage(images) },
];

/** Without a builder there is no cache: true, and what `docker system prune` needs to hear. */
async function pruneBuilds({ response }: Call): Promise<void> {
  sendJson(response, 200, { CachesDeleted: null, SpaceReclaimed: 0 });
}

type Handle = (images: ImageEngine) => (call: Call) => Promise<void>;

const list: Handle = (images) => async (call) => {
  sendJson(call.response, 200, await images.list(listOptions(call.query)));
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
  const until = untilOf(filters);
  const report = await images.prune({
    danglingOnly: dangling(filters) ?? true,
    labels: filters.get('label') ?? [],
    withoutLabels: filters.get('label!') ?? [],
    ...(until !== undefined && { until }),
  });
  sendJson(call.response, 200, report);
};

function listOptions(query: URLSearchParams): ListOptions {
  const filters = filtersOf(query, ['dangling', 'label', 'before', 'since', 'reference']);
  // How clients before 1.28 asked for one repository.
  const old = query.get('filter');
  const references = old === null || old === '' ? filters.get('reference') : [old];
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

function dangling(filters: Filters): boolean | undefined {
  const values = filters.get('dangling');
  if (values === undefined) return undefined;
  const says = (...wanted: string[]) => values.some((value) => wanted.includes(value));
  if (says('0', 'false')) return false;
  if (says('1', 'true')) return true;
  throw new EngineError('invalid', `Invalid filter 'dangling=[${values.join(' ')}]'`);
}

/** Seconds since 1970; a duration counts back from now. */
function untilOf(filters: Filters): number | undefined {
  const [text, ...more] = filters.get('until') ?? [];
  if (text === undefined) return undefined;
  if (more.length > 0) throw new EngineError('invalid', 'more than one until filter specified');
  try {
    return /^[\d.]+[a-zµμ]/.test(text)
      ? (Date.now() - parseDuration(text) / 1e6) / 1000
      : Number(parseTime(text) ?? 0n) / 1e9;
  } catch {
    throw new EngineError('invalid', `failed to parse value as time or duration: "${text}"`);
  }
}

function notBuilt(what: string): (call: Call) => Promise<void> {
  return async () => {
    throw new EngineError('not-implemented', `${what} is not built yet.`);
  };
}
