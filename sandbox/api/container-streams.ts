import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import { attach, frame } from '../container/attachment.ts';
import type { Container, WaitCondition } from '../container/container.ts';
import type { Containers } from '../container/containers.ts';
import { emitContainer } from '../container/context.ts';
import { parseDetachKeys } from '../container/detach-keys.ts';
import { logDetails } from '../container/log-details.ts';
import type { LogEntry } from '../container/log-reader.ts';
import { readLog } from '../container/log-reader.ts';
import { EngineError } from '../oci/errors.ts';
import { idOf } from './containers.ts';
import { flag } from './query.ts';
import { RAW_STREAM, sendJson, sendRawError } from './respond.ts';
import type { Call, Route } from './router.ts';
import { parseTime } from './time.ts';
import { compareVersions } from './version.ts';

/** Routes whose answers last as long as the container does something. */
export const containerStreamRoutes = (containers: Containers): Route[] => [
  { method: 'POST', path: '/containers/:id*/attach', handle: attachToContainer(containers) },
  { method: 'GET', path: '/containers/:id*/attach/ws', handle: attachByWebSocket(containers) },
  { method: 'GET', path: '/containers/:id*/logs', handle: logs(containers) },
  { method: 'POST', path: '/containers/:id*/wait', handle: wait(containers) },
];

type Handle = (containers: Containers) => (call: Call) => Promise<void>;

const attachToContainer: Handle = (containers) => async (call) => {
  for (const name of call.response.getHeaderNames()) call.response.removeHeader(name);
  let asked: Asked;
  try {
    asked = askedOf(containers, call);
  } catch (error) {
    sendRawError(call.response, error);
    return;
  }
  const { query } = call;
  const wanted = {
    stdin: flag(query, 'stdin'),
    stdout: flag(query, 'stdout'),
    stderr: flag(query, 'stderr'),
  };
  await join(containers, call, { ...asked, wanted, connection: call.hijack(RAW_STREAM), framed: !asked.tty });
};

/** In a websocket there is always everything, and never a frame. */
const attachByWebSocket: Handle = (containers) => async (call) => {
  const asked = askedOf(containers, call);
  const connection = await call.webSocket({ text: compareVersions(call.version, '1.28') < 0 });
  const wanted = { stdin: true, stdout: true, stderr: true };
  await join(containers, call, { ...asked, wanted, connection, framed: false });
};

interface Asked {
  readonly container: Container;
  readonly tty: boolean;
  readonly detachKeys: readonly number[];
}

function askedOf(containers: Containers, call: Call): Asked {
  const detachKeys = detachKeysOf(call.query.get('detachKeys') ?? '');
  const reference = idOf(call);
  const container = containers.get(reference);
  const { config, state } = container.record;
  if (state.status === 'paused') {
    throw new EngineError(
      'conflict',
      `container ${reference} is paused, unpause the container before attach`,
    );
  }
  if (state.status === 'restarting') {
    throw new EngineError(
      'conflict',
      `container ${reference} is restarting, wait until the container is running`,
    );
  }
  return { container, tty: config.Tty, detachKeys };
}

function detachKeysOf(text: string): readonly number[] {
  try {
    return parseDetachKeys(text);
  } catch (error) {
    throw new EngineError('invalid', `Invalid detach keys (${text}) provided`, { cause: error });
  }
}

interface Joined extends Asked {
  readonly wanted: Readonly<Record<'stdin' | 'stdout' | 'stderr', boolean>>;
  readonly connection: Duplex;
  readonly framed: boolean;
}

async function join(containers: Containers, { query, signal }: Call, joined: Joined): Promise<void> {
  const { container, wanted, connection, framed, tty, detachKeys } = joined;
  const { context } = containers;
  if (flag(query, 'logs')) await replay(joined, signal);
  if (flag(query, 'stream')) {
    emitContainer(context, container, 'attach');
    const closeInput = container.record.config.StdinOnce;
    const end = await attach(container, connection, { ...wanted, tty, framed, closeInput, detachKeys });
    if (end === 'detached') emitContainer(context, container, 'detach');
  }
  connection.end();
}

async function replay({ container, connection, wanted, framed }: Joined, signal: AbortSignal): Promise<void> {
  await container.run?.log.flush();
  for await (const entry of readLog(container.logPath, { signal })) {
    if (wanted[entry.stream]) connection.write(bytesOf(entry, Buffer.from(entry.log), framed));
  }
}

const logs: Handle = (containers) => async (call) => {
  const { query, response, signal } = call;
  const wanted = { stdout: flag(query, 'stdout'), stderr: flag(query, 'stderr') };
  if (!wanted.stdout && !wanted.stderr) {
    throw new EngineError('invalid', 'Bad parameters: you must choose at least one stream');
  }
  const container = containers.get(idOf(call));
  if (container.record.hostConfig.LogConfig.Type === 'none') {
    throw new EngineError('not-implemented', 'configured logging driver does not support reading');
  }
  const framed = !container.record.config.Tty;
  const tail = parseTail(query.get('tail'));
  const [since, until] = [parseTime(query.get('since')), parseTime(query.get('until'))];
  const log = container.run?.log;
  await log?.flush();
  response.writeHead(200);
  response.flushHeaders();
  const follow = flag(query, 'follow') ? log : undefined;
  const details = flag(query, 'details') ? `${logDetails(container.record)} ` : '';
  const prefix = prefixFor(flag(query, 'timestamps'), details);
  for await (const entry of readLog(container.logPath, {
    tail,
    since: since === 0n ? undefined : since,
    until: until === 0n ? undefined : until,
    follow,
    signal,
  })) {
    if (signal.aborted) break;
    if (!wanted[entry.stream]) continue;
    const bytes = bytesOf(entry, Buffer.from(`${prefix(entry)}${entry.log}`), framed);
    if (!response.write(bytes)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
};

function bytesOf(entry: LogEntry, text: Buffer, framed: boolean): Buffer {
  return framed ? frame(entry.stream, text) : text;
}

/** `all`, or anything that is no number, means everything. */
function parseTail(text: string | null): number | undefined {
  const count = Number(text ?? 'all');
  return Number.isInteger(count) && count >= 0 && text !== '' ? count : undefined;
}

/** Times are padded to nine digits, so that the lines stay in columns. */
function prefixFor(timestamps: boolean, details: string): (entry: LogEntry) => string {
  return ({ time }) => `${timestamps ? `${padTime(time)} ` : ''}${details}`;
}

function padTime(time: string): string {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}

const CONDITIONS: readonly (string | null)[] = ['not-running', 'next-exit', 'removed'];

/** Conditions, and an answer that begins before the end, came with 1.30. */
const wait: Handle = (containers) => async (call) => {
  const { query, response, signal } = call;
  const waitsLong = compareVersions(call.version, '1.30') >= 0;
  const asked = query.get('condition');
  const condition = waitsLong && CONDITIONS.includes(asked) ? (asked as WaitCondition) : 'not-running';
  const result = containers.wait(idOf(call), condition);
  // The client starts the container when it sees that somebody waits for it.
  if (waitsLong) {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
  }
  const { exitCode, error } = await result;
  if (signal.aborted) return;
  const answer = { Error: error === undefined ? null : { Message: error }, StatusCode: exitCode };
  if (waitsLong) response.end(`${JSON.stringify(answer)}\n`);
  else sendJson(response, 200, answer);
};
