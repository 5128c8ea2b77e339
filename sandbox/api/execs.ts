import { attach } from '../container/attachment.ts';
import type { Containers } from '../container/containers.ts';
import { frame } from '../container/attachment.ts';
import { parseDetachKeys } from '../container/detach-keys.ts';
import type { Exec, ExecConfig } from '../container/exec.ts';
import { resizeTerminalOf } from '../container/pty.ts';
import { EngineError } from '../oci/errors.ts';
import type { JsonObject } from './body.ts';
import { readObject } from './body.ts';
import { RAW_STREAM } from './container-streams.ts';
import { idOf, sizeOf } from './containers.ts';
import { messageOf, sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';

export const execRoutes = (containers: Containers): Route[] => [
  { method: 'POST', path: '/containers/:id/exec', handle: create(containers) },
  { method: 'POST', path: '/exec/:id/start', handle: start(containers) },
  { method: 'POST', path: '/exec/:id/resize', handle: resize(containers) },
  { method: 'GET', path: '/exec/:id/json', handle: inspect(containers) },
];

type Handle = (containers: Containers) => (call: Call) => Promise<void>;

const create: Handle = (containers) => async (call) => {
  const exec = containers.createExec(idOf(call), parseConfig(await readObject(call)));
  sendJson(call.response, 201, { Id: exec.id });
};

const start: Handle = (containers) => async (call) => {
  const exec = containers.getExec(idOf(call));
  const body = await readObject(call);
  const detached = body.Detach === true;
  if (exec.state === 'running')
    throw new EngineError('conflict', `Error: Exec command ${exec.id} is already running`);
  if (detached) {
    await containers.startExec(exec);
    sendNothing(call.response, 200);
    return;
  }
  if (!exec.container.isRunning)
    throw new EngineError('conflict', `Container ${exec.container.id} is not running`);
  const { config } = exec;
  const connection = call.hijack(RAW_STREAM);
  const attached = attach(exec, connection, {
    stdin: config.attachStdin,
    stdout: config.attachStdout,
    stderr: config.attachStderr,
    tty: config.tty,
    closeInput: true,
    detachKeys: parseDetachKeys(config.detachKeys),
  });
  try {
    await containers.startExec(exec);
  } catch (error) {
    // The stream has begun: the client reads the reason in it, and the exit code from inspect.
    const text = Buffer.from(`${messageOf(error)}\r\n`);
    connection.write(config.tty ? text : frame('stdout', text));
  }
  await attached;
  connection.end();
};

const resize: Handle = (containers) => async (call) => {
  const exec = containers.getExec(idOf(call));
  const [columns, rows] = sizeOf(call);
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
    CanRemove: exec.state === 'ended',
    ContainerID: exec.container.id,
    DetachKeys: config.detachKeys,
    Pid: exec.process?.pid ?? 0,
  };
}

function parseConfig(body: JsonObject): ExecConfig {
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
  const texts = (name: string) => (Array.isArray(body[name]) ? (body[name] as unknown[]).map(String) : []);
  return {
    cmd: typeof body.Cmd === 'string' ? [body.Cmd] : texts('Cmd'),
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
