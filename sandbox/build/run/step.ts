import { setMaxListeners } from 'node:events';
import type { Container } from '../../container/container.ts';
import { removeContainer } from '../../container/remove.ts';
import { argvOf } from '../../dockerfile/configure.ts';
import type { RunInstruction } from '../../dockerfile/model.ts';
import { run } from '../../layer/run.ts';
import type { ContainerConfig } from '../../oci/config.ts';
import { EngineError } from '../../oci/errors.ts';
import { createContainer } from '../intermediate.ts';
import type { Stage } from '../stage.ts';
import { advance, isCached, standing } from '../stage.ts';

/** A command that ended with another exit code than 0; the code is the client's to end with. */
export class CommandEnded extends EngineError {
  readonly code: number;
  constructor(argv: readonly string[], code: number) {
    super('internal', `The command '${argv.join(' ')}' returned a non-zero code: ${code}`);
    this.code = code;
  }
}

/** RUN: the command runs in a container, and what it changed is the layer. */
export async function runStep(stage: Stage, instruction: RunInstruction): Promise<void> {
  const { config, build } = stage;
  const argv = argvOf(instruction.command, config);
  const variables = argVariables(stage);
  const containerConfig = { ...config, Cmd: savedCommand(stage, variables, argv), Entrypoint: null };
  if (await isCached(stage, containerConfig)) return;
  const wanted: ContainerConfig = {
    ...config,
    Cmd: argv,
    Env: [...(config.Env ?? []), ...variables],
    // No entrypoint, not even the image's; and nobody looks after its health.
    Entrypoint: [''],
    Healthcheck: { Test: ['NONE'] },
  };
  const { request, parts, report } = build;
  const container = await createContainer(stage, wanted, { transient: true });
  report.runningIn(container.id);
  let done = false;
  try {
    await runToEnd(stage, container, argv);
    const image = await parts.images.building.addStep({
      parent: stage.image,
      platform: stage.platform,
      config: standing(stage),
      containerConfig: { ...containerConfig, Image: stage.image ?? '' },
      containerId: container.id,
      author: stage.author,
      layer: await layerOf(stage, container),
    });
    done = true;
    if (request.remove) await remove(stage, container);
    else await keep(stage, container);
    advance(stage, image);
  } finally {
    if (!done && (request.forceRemove || build.signal.aborted)) await remove(stage, container);
    else if (!done) await keep(stage, container);
  }
}

/** Those of the ARGs that the environment does not hide, as lines for a process. */
function argVariables({ args, config }: Stage): string[] {
  const hidden = new Set((config.Env ?? []).map((line) => line.split('=', 1)[0]));
  return [...args.all()].filter(([name]) => !hidden.has(name)).map(([name, value]) => `${name}=${value}`);
}

/** The command with the ARGs that it depends on, as the history and the cache know it. */
function savedCommand(
  { args }: Stage,
  variables: readonly string[],
  argv: readonly string[],
): readonly string[] {
  if (variables.length === 0) return argv;
  const counting = variables.filter((line) => args.countsForCache(line.split('=', 1)[0] ?? '')).sort();
  return [`|${counting.length}`, ...counting, ...argv];
}

async function runToEnd({ build }: Stage, container: Container, argv: readonly string[]): Promise<void> {
  const { parts, report, signal } = build;
  const { containers } = parts;
  for (const stream of ['stdout', 'stderr'] as const) {
    container[stream].attach({ write: (chunk) => report.output(stream, chunk), end: () => undefined });
  }
  setMaxListeners(0, signal);
  const stop = () => void containers.kill(container.id, 'SIGKILL').catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await containers.start(container.id);
    const { exitCode } = await containers.wait(container.id, 'not-running');
    signal.throwIfAborted();
    if (exitCode !== 0) throw new CommandEnded(argv, exitCode);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The container's writable layer itself, or a copy for the container to stay as it is. */
async function layerOf({ build }: Stage, container: Container): Promise<string> {
  const { images } = build.parts;
  const upper = images.snapshots.upper(container.id);
  if (build.request.remove) return upper;
  const copy = images.building.draftLayer();
  await run(['cp', '-a', '--', `${upper}/.`, copy]);
  return copy;
}

async function remove({ build }: Stage, container: Container): Promise<void> {
  await removeContainer(build.parts.containers.context, container, { force: true, volumes: true });
  build.report.removed(container.id);
}

/** From now on it is a container like any other. */
async function keep({ build }: Stage, container: Container): Promise<void> {
  container.network = undefined;
  await build.parts.containers.context.registry.keep(container);
}
