import { sendJson } from '../../api/respond.ts';
import type { Call, Route } from '../../api/router.ts';
import type { ImageEngine } from '../../image/engine.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Activity } from './activity.ts';

/** Images that one map shows. */
const IMAGES_MAX = 500;
/** Stacks in one answer. */
const STACKS_MAX = 100;
/** A record that changes all the time is told no more often than this, in milliseconds. */
const TELL_EVERY_MS = 150;

/** What the web server's map asks for; see `../routes.ts`. */
export const mapRoutes = (images: ImageEngine, activity: Activity): Route[] => [
  { method: 'GET', path: '/slipway/map/images', handle: shown(images) },
  { method: 'GET', path: '/slipway/map/stacks', handle: stacks(images) },
  { method: 'GET', path: '/slipway/map/files', handle: files(images) },
  { method: 'GET', path: '/slipway/map/config', handle: config(images) },
  { method: 'GET', path: '/slipway/map/documents', handle: documents(images) },
  { method: 'GET', path: '/slipway/map/activity', handle: follow(activity) },
];

type Handle = (images: ImageEngine) => (call: Call) => Promise<void>;

const shown: Handle = (images) => async (call) => {
  sendJson(call.response, 200, await images.shown(IMAGES_MAX));
};

const stacks: Handle = (images) => async (call) => {
  const ids = (call.query.get('images') ?? '').split(',').filter((id) => id !== '');
  if (ids.length > STACKS_MAX)
    throw new EngineError('invalid', `More than ${STACKS_MAX} images in one request.`);
  sendJson(call.response, 200, await images.stacks(ids.map((hex) => `sha256:${hex}`)));
};

const files: Handle = (images) => async (call) => {
  const index = Number(call.query.get('layer') ?? '');
  sendJson(call.response, 200, await images.layerFiles(call.query.get('image') ?? '', index));
};

const config: Handle = (images) => async (call) => {
  sendJson(call.response, 200, await images.config(call.query.get('image') ?? ''));
};

const documents: Handle = (images) => async (call) => {
  sendJson(call.response, 200, await images.documents(call.query.get('image') ?? ''));
};

const follow = (activity: Activity) => async (call: Call) => {
  const { response, signal } = call;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  const waiting = new Map<string, object>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    timer = undefined;
    for (const line of waiting.values()) response.write(`${JSON.stringify(line)}\n`);
    waiting.clear();
  };
  const tell = (line: ReturnType<Activity['lines']>[number]) => {
    waiting.set('build' in line ? line.build.id : line.transfer.id, line);
    timer ??= setTimeout(flush, TELL_EVERY_MS);
  };
  for (const line of activity.lines()) tell(line);
  clearTimeout(timer);
  flush();
  const stop = activity.listen(tell);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  stop();
  clearTimeout(timer);
  response.end();
};
