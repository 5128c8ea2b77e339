import type { Builder } from '../build/builder.ts';
import type { BuildRequest } from '../build/request.ts';
import { parseDuration } from '../dockerfile/duration.ts';
import { parsePlatform } from '../image/platform.ts';
import { nameFor } from '../image/tag.ts';
import { EngineError } from '../oci/errors.ts';
import { fullReference } from '../oci/reference.ts';
import { filtersOf, flag, integer } from './query.ts';
import { messageOf, sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';

/** The builder is loaded when something is built. */
export interface BuildBackend {
  builder(): Promise<Builder>;
  /** Frees what is kept for builds to come; bytes. */
  prune(): Promise<number>;
}

export const buildRoutes = (backend: BuildBackend): Route[] => [
  { method: 'POST', path: '/build', handle: build(backend) },
  { method: 'POST', path: '/build/prune', handle: prune(backend) },
  { method: 'POST', path: '/build/cancel', handle: cancel },
  { method: 'POST', path: '/session', handle: session },
];

const build = (backend: BuildBackend) => async (call: Call) => {
  const { query, response, signal } = call;
  const request = requestOf(query);
  const quiet = flag(query, 'q');
  const answer = new Answer(call, quiet);
  const builder = await backend.builder();
  try {
    const image = await builder.build({
      request,
      upload: { remote: query.get('remote') ?? '', body: call.request, dockerfile: request.dockerfile },
      send: (message) => answer.send(message),
      signal,
    });
    if (quiet) void answer.sendNow({ stream: `${image}\n` });
  } catch (error) {
    answer.fail(error);
  }
  response.end();
};

/** There are no records of a cache beside the images; what steps kept in caches of their own counts, whatever is asked for. */
const prune =
  (backend: BuildBackend) =>
  async ({ query, response }: Call): Promise<void> => {
    checkPrune(query);
    sendJson(response, 200, { CachesDeleted: null, SpaceReclaimed: await backend.prune() });
  };

const PRUNE_FILTERS = [
  'unused-for', 'until', 'label', 'label!', 'id', 'parent', 'type', 'description', 'inuse', 'shared', 'private',
]; // prettier-ignore

function checkPrune(query: URLSearchParams): void {
  const kept = query.get('keep-storage') ?? '';
  said(`keep-storage is in bytes and expects an integer, got ${kept}`, () => integer(query, 'keep-storage'));
  const filters = filtersOf(query);
  said('failed to prune build cache', () => filtersOf(query, PRUNE_FILTERS));
  for (const name of ['until', 'unused-for']) {
    for (const each of filters.get(name) ?? []) {
      said(`failed to prune build cache: "${name}" filter expects a duration (e.g., '24h')`, () => {
        parseDuration(each);
      });
    }
  }
}

/** What `check` refuses, with `what` before it. */
function said(what: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw new EngineError('invalid', `${what}: ${messageOf(error)}`, { cause: error });
  }
}

/** A build ends with its connection; there is none of BuildKit's, which are ended by name. */
async function cancel({ query, response }: Call): Promise<void> {
  if ((query.get('id') ?? '') === '') throw new EngineError('invalid', 'build ID not provided');
  response.setHeader('Content-Type', 'application/json');
  sendNothing(response, 200);
}

/**
 * The channel on which a client of BuildKit's offers its files. Nobody asks for them; it is held until the client, told by
 * `/build` that there is no BuildKit here, closes it, so that this is all that a learner is told.
 */
async function session(call: Call): Promise<void> {
  const { upgrade = '' } = call.request.headers;
  if (upgrade === '') throw new EngineError('invalid', 'no upgrade proto in request');
  if (upgrade !== 'h2c') throw new EngineError('invalid', `protocol ${upgrade} not supported`);
  const connection = call.hijack('application/octet-stream', upgrade);
  connection.resume();
  connection.once('end', () => connection.destroy());
}

/** The stream of a build's messages. An error before the first of them is an answer of its own. */
class Answer {
  readonly #call: Call;
  readonly #quiet: boolean;
  #kept: object[] = [];

  constructor(call: Call, quiet: boolean) {
    this.#call = call;
    this.#quiet = quiet;
  }

  /** Resolves when more can be taken. */
  send(message: object): Promise<void> | undefined {
    // A quiet build shows what it has to say only when it fails.
    if (!this.#quiet) return this.sendNow(message);
    this.#kept.push(message);
    return undefined;
  }

  sendNow(message: object): Promise<void> | undefined {
    const { response, signal } = this.#call;
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
    if (response.write(`${JSON.stringify(message)}\r\n`)) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        response.off('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      response.on('drain', done);
      signal.addEventListener('abort', done);
    });
  }

  fail(error: unknown): void {
    const said = this.#kept;
    this.#kept = [];
    for (const message of said) void this.sendNow(message);
    if (!this.#call.response.headersSent) throw error;
    const message = messageOf(error);
    const code = codeOf(error);
    void this.sendNow({ errorDetail: { ...(code !== undefined && { code }), message }, error: message });
  }
}

/** The exit code of a command that failed. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function requestOf(query: URLSearchParams): BuildRequest {
  if (flag(query, 'squash')) {
    throw new EngineError('invalid', 'squash is only supported with experimental mode');
  }
  const version = query.get('version') ?? '';
  if (version === '2') {
    throw new EngineError(
      'not-implemented',
      'BuildKit is not built: leave DOCKER_BUILDKIT unset, or set it to 0.',
    );
  }
  if (version !== '' && version !== '1') throw new EngineError('invalid', `invalid version "${version}"`);
  if (query.has('securityopt')) {
    throw new EngineError(
      'invalid',
      'The daemon on this platform does not support setting security options on build',
    );
  }
  const isolation = query.get('isolation') ?? '';
  if (!['', 'default'].includes(isolation.toLowerCase())) {
    throw new EngineError('invalid', `Unsupported isolation: ${JSON.stringify(isolation)}`);
  }
  if (query.get('platform')) parsePlatform(query.get('platform') ?? '');
  const forceRemove = flag(query, 'forcerm');
  return {
    dockerfile: query.get('dockerfile') ?? '',
    tags: tagsOf(query),
    buildArgs: table(query, 'buildargs', 'error reading build args', isValue),
    labels: table(query, 'labels', 'error reading labels', isText),
    target: query.get('target') ?? '',
    platform: query.get('platform') ?? '',
    noCache: flag(query, 'nocache'),
    pull: flag(query, 'pull'),
    cacheFrom: list(query, 'cachefrom'),
    remove: forceRemove || (query.get('rm') ?? '') === '' || flag(query, 'rm'),
    forceRemove,
    host: {
      NetworkMode: query.get('networkmode') ?? '',
      ExtraHosts: query.has('extrahosts') ? query.getAll('extrahosts') : null,
      Memory: number(query, 'memory'),
      MemorySwap: number(query, 'memswap'),
      CpuShares: number(query, 'cpushares'),
      CpuPeriod: number(query, 'cpuperiod'),
      CpuQuota: number(query, 'cpuquota'),
      CpusetCpus: query.get('cpusetcpus') ?? '',
      CpusetMems: query.get('cpusetmems') ?? '',
      CgroupParent: query.get('cgroupparent') ?? '',
      ShmSize: integer(query, 'shmsize') ?? 0,
      Ulimits: ulimitsOf(query),
    },
  };
}

/** What is no number counts as none. */
function number(query: URLSearchParams, name: string): number {
  const value = Number(query.get(name) ?? 0);
  return Number.isSafeInteger(value) ? value : 0;
}

function tagsOf(query: URLSearchParams): string[] {
  const tags = query.getAll('t').filter((tag) => tag !== '');
  return [...new Set(tags.map((tag) => fullReference(checked(tag))))];
}

function checked(tag: string) {
  if (tag.includes('@')) throw new EngineError('internal', 'build tag cannot contain a digest');
  return nameFor(tag, '');
}

function ulimitsOf(query: URLSearchParams): BuildRequest['host']['Ulimits'] {
  const value = json(query, 'ulimits', 'error reading ulimit settings');
  if (!Array.isArray(value)) return null;
  return value.map(({ Name, Soft, Hard }: { Name?: unknown; Soft?: unknown; Hard?: unknown }) => ({
    Name: isText(Name) ? Name : '',
    Soft: Number(Soft ?? 0),
    Hard: Number(Hard ?? 0),
  }));
}

function list(query: URLSearchParams, name: string): string[] {
  const value = json(query, name, '');
  return Array.isArray(value) ? value.filter(isText) : [];
}

function table<T>(
  query: URLSearchParams,
  name: string,
  what: string,
  accepts: (value: unknown) => value is T,
): Record<string, T> {
  const value = json(query, name, what);
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value as Record<string, unknown>);
  if (Array.isArray(value) || !entries.every(([, each]) => accepts(each))) {
    throw new EngineError(
      'invalid',
      `${what}: json: cannot unmarshal value into Go value of type map[string]string`,
    );
  }
  return Object.fromEntries(entries) as Record<string, T>;
}

function json(query: URLSearchParams, name: string, what: string): unknown {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const prefix = what === '' ? '' : `${what}: `;
    throw new EngineError(
      'invalid',
      `${prefix}invalid character '${text[0] ?? ''}' looking for beginning of value`,
    );
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isValue(value: unknown): value is string | null {
  return value === null || isText(value);
}
