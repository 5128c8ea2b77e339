import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import { attach, frame } from '../container/attachment.ts';
import type { Container, WaitCondition } from '../container/container.ts';
import type { Containers } from '../container/containers.ts';
import { emitContainer } from '../container/context.ts';
import { parseDetachKeys } from '../container/detach-keys.ts';
import type { LogEntry } from '../container/log-reader.ts';
import { readLog } from '../container/log-reader.ts';
import { EngineError } from '../oci/errors.ts';
import { idOf } from './containers.ts';
import { flag } from './query.ts';
import type { Call, Route } from './router.ts';
import { parseTime } from './time.ts';

/** Routes whose answers last as long as the container does something. */
export const containerStreamRoutes = (containers: Containers): Route[] => [
  { method: 'POST', path: '/containers/:id/attach', handle: attachToContainer(containers) },
  { method: 'GET', path: '/containers/:id/logs', handle: logs(containers) },
  { method: 'POST', path: '/containers/:id/wait', handle: wait(containers) },
];

export const RAW_STREAM = 'application/vnd.docker.raw-stream';

type Handle = (containers: Containers) => (call: Call) => Promise<void>;

const attachToContainer: Handle = (containers) => async (call) => {
  const container = containers.get(idOf(call));
  const { query } = call;
  const { config, state } = container.record;
  if (state.status === 'paused') {
    throw new EngineError(
      'conflict',
      `Container ${container.id} is paused, unpause the container before attach.`,
    );
  }
  if (state.status === 'restarting') {
    throw new EngineError(
      'conflict',
      `Container ${container.id} is restarting, wait until the container is running.`,
    );
  }
  const detachKeys = parseDetachKeys(query.get('detachKeys'));
  const wanted = {
    stdin: flag(query, 'stdin'),
    stdout: flag(query, 'stdout'),
    stderr: flag(query, 'stderr'),
  };
  const connection = call.hijack(RAW_STREAM);
  if (flag(query, 'logs')) await replay(container, connection, wanted, call.signal);
  if (flag(query, 'stream')) {
    emitContainer(containers.context, container, 'attach');
    const end = await attach(container, connection, {
      ...wanted,
      tty: config.Tty,
      closeInput: config.StdinOnce,
      detachKeys,
    });
    if (end === 'detached') emitContainer(containers.context, container, 'detach');
  }
  connection.end();
};

type Wanted = Readonly<Record<'stdout' | 'stderr', boolean>>;

async function replay(
  container: Container,
  connection: Duplex,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<void> {
  await container.run?.log.flush();
  for await (const entry of readLog(container.logPath, { signal })) {
    if (wanted[entry.stream]) connection.write(bytesOf(container, entry, Buffer.from(entry.log)));
  }
}

const logs: Handle = (containers) => async (call) => {
  const container = containers.get(idOf(call));
  const { query, response, signal } = call;
  const wanted = { stdout: flag(query, 'stdout'), stderr: flag(query, 'stderr') };
  if (!wanted.stdout && !wanted.stderr) {
    throw new EngineError('invalid', 'Bad parameters: you must choose at least one stream');
  }
  const tail = parseTail(query.get('tail'));
  const [since, until] = [parseTime(query.get('since')), parseTime(query.get('until'))];
  const log = container.run?.log;
  await log?.flush();
  response.writeHead(200, { 'Content-Type': RAW_STREAM });
  response.flushHeaders();
  const follow = flag(query, 'follow') ? log : undefined;
  const prefix = prefixFor(flag(query, 'timestamps'), flag(query, 'details'));
  for await (const entry of readLog(container.logPath, {
    tail,
    since: since === 0n ? undefined : since,
    until: until === 0n ? undefined : until,
    follow,
    signal,
  })) {
    if (signal.aborted) break;
    if (!wanted[entry.stream]) continue;
    const bytes = bytesOf(container, entry, Buffer.from(`${prefix(entry)}${entry.log}`));
    if (!response.write(bytes)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
};

function bytesOf({ record }: Container, entry: LogEntry, text: Buffer): Buffer {
  return record.config.Tty ? text : frame(entry.stream, text);
}

/** `all`, or anything that is no number, means everything. */
function parseTail(text: string | null): number | undefined {
  const count = Number(text ?? 'all');
  return Number.isInteger(count) && count >= 0 && text !== '' ? count : undefined;
}

/** Times are padded to nine digits, so that the lines stay in columns. */
function prefixFor(timestamps: boolean, details: boolean): (entry: LogEntry) => string {
  // Details are what a log driver's options add; the engine has none, and Docker prints the separator all the same.
  return ({ time }) => `${timestamps ? `${padTime(time)} ` : ''}${details ? ' ' : ''}`;
}

function padTime(time: string): string {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}

const CONDITIONS: readonly string[] = ['not-running', 'next-exit', 'removed'];

const wait: Handle = (containers) => async (call) => {
  const condition = call.query.get('condition') ?? 'not-running';
  if (!CONDITIONS.includes(condition === '' ? 'not-running' : condition)) {
    throw new EngineError('invalid', `invalid condition: "${condition}"`);
  }
  const result = containers.wait(idOf(call), (condition === '' ? 'not-running' : condition) as WaitCondition);
  // The client starts the container when it sees that somebody waits for it.
  call.response.writeHead(200, { 'Content-Type': 'application/json' });
  call.response.flushHeaders();
  const { exitCode, error } = await result;
  call.response.end(
    `${JSON.stringify({ Error: error === undefined ? null : { Message: error }, StatusCode: exitCode })}\n`,
  );
};
