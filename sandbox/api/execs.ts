import type { Duplex } from 'node:stream';
import { attach } from '../container/attachment.ts';
import type { Containers } from '../container/containers.ts';
import { frame } from '../container/attachment.ts';
import { parseDetachKeys } from '../container/detach-keys.ts';
import type { Exec, ExecConfig } from '../container/exec.ts';
import { resizeTerminalOf } from '../container/pty.ts';
import { EngineError } from '../oci/errors.ts';
import type { JsonObject } from './body.ts';
import { readStruct } from './body.ts';
import { EXEC, EXEC_START } from './json/requests.ts';
import { idOf, sizeOf } from './containers.ts';
import { messageOf, RAW_STREAM, sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';
import { compareVersions } from './version.ts';

export const execRoutes = (containers: Containers): Route[] => [
  { method: 'POST', path: '/containers/:id*/exec', handle: create(containers) },
  { method: 'POST', path: '/exec/:id*/start', handle: start(containers) },
  { method: 'POST', path: '/exec/:id*/resize', handle: resize(containers) },
  { method: 'GET', path: '/exec/:id*/json', handle: inspect(containers) },
];

type Handle = (containers: Containers) => (call: Call) => Promise<void>;

const create: Handle = (containers) => async (call) => {
  const config = parseConfig(await readStruct(call, EXEC));
  if (config.cmd.length === 0) throw new EngineError('invalid', 'No exec command specified');
  parseDetachKeys(config.detachKeys);
  const exec = containers.createExec(idOf(call), config);
  sendJson(call.response, 201, { Id: exec.id });
};

const start: Handle = (containers) => async (call) => {
  const anyContentType = compareVersions(call.version, '1.21') <= 0;
  const { Detach, Tty } = await readStruct(call, EXEC_START, { anyContentType });
  const exec = containers.getExec(idOf(call));
  checkContainer(exec);
  if (Detach === true) {
    checkNew(exec);
    await containers.startExec(exec);
    sendNothing(call.response, 200);
    return;
  }
  await startAttached(containers, exec, { connection: call.hijack(RAW_STREAM), framed: Tty !== true });
};

interface Attached {
  readonly connection: Duplex;
  readonly framed: boolean;
}

/** The stream has begun: the client reads in it why there is nothing to read, and the exit code from inspect. */
async function startAttached(
  containers: Containers,
  exec: Exec,
  { connection, framed }: Attached,
): Promise<void> {
  try {
    checkNew(exec);
    const attached = join(exec, { connection, framed });
    await containers.startExec(exec);
    await attached;
  } catch (error) {
    const text = Buffer.from(`${messageOf(error)}\r\n`);
    connection.write(framed ? frame('stdout', text) : text);
  }
  connection.end();
}

async function join(exec: Exec, { connection, framed }: Attached): Promise<void> {
  const { config } = exec;
  await attach(exec, connection, {
    stdin: config.attachStdin,
    stdout: config.attachStdout,
    stderr: config.attachStderr,
    tty: config.tty,
    framed,
    closeInput: true,
    detachKeys: parseDetachKeys(config.detachKeys),
  });
}

function checkContainer({ container }: Exec): void {
  const { id, record } = container;
  if (!container.isRunning) throw new EngineError('conflict', `Container ${id} is not running`);
  if (record.state.status === 'paused') {
    throw new EngineError('conflict', `Container ${id} is paused, unpause the container before exec`);
  }
}

/** A command is started once. */
function checkNew({ id, state }: Exec): void {
  if (state === 'made') return;
  const why = state === 'running' ? 'is already running' : 'has already run';
  throw new EngineError('conflict', `Error: Exec command ${id} ${why}`);
}

const resize: Handle = (containers) => async (call) => {
  const [columns, rows] = sizeOf(call);
  const exec = containers.getExec(idOf(call));
  exec.size = { columns, rows };
  if (exec.process && exec.state === 'running') await resizeTerminalOf(exec.process.pid, columns, rows);
  sendNothing(call.response, 200);
};

const inspect: Handle = (containers) => async (call) => {
  sendJson(call.response, 200, describe(containers.getExec(idOf(call))));
};

function describe(exec: Exec): object {
  const { config } = exec;
  const [entrypoint = '', ...rest] = config.cmd;
  return {
    ID: exec.id,
    Running: exec.state === 'running',
    ExitCode: exec.exitCode,
    ProcessConfig: {
      tty: config.tty,
      entrypoint,
      arguments: rest,
      privileged: config.privileged,
      ...(config.user === '' ? {} : { user: config.user }),
    },
    OpenStdin: config.attachStdin,
    OpenStderr: config.attachStderr,
    OpenStdout: config.attachStdout,
    // dockerd says so only while it is about to forget one.
    CanRemove: false,
    ContainerID: exec.container.id,
    DetachKeys: config.detachKeys,
    Pid: exec.process?.pid ?? 0,
  };
}

function parseConfig(body: JsonObject): ExecConfig {
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
  const texts = (name: string) => (Array.isArray(body[name]) ? (body[name] as unknown[]).map(String) : []);
  return {
    cmd: texts('Cmd'),
    env: texts('Env'),
    user: text('User'),
    workingDir: text('WorkingDir'),
    tty: body.Tty === true,
    privileged: body.Privileged === true,
    attachStdin: body.AttachStdin === true,
    attachStdout: body.AttachStdout === true,
    attachStderr: body.AttachStderr === true,
    detachKeys: text('DetachKeys'),
  };
}
