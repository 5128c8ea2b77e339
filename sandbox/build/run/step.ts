import { setMaxListeners } from 'node:events';
import type { Container } from '../../container/container.ts';
import type { MountRequest } from '../../container/model.ts';
import { emitContainer } from '../../container/context.ts';
import { argvOf } from '../../dockerfile/configure.ts';
import type { RunInstruction } from '../../dockerfile/model.ts';
import { run } from '../../layer/run.ts';
import type { ContainerConfig } from '../../oci/config.ts';
import { EngineError } from '../../oci/errors.ts';
import { finish, intermediate } from '../intermediate.ts';
import type { Stage } from '../stage.ts';
import { advance, imageOf, isCached, standing } from '../stage.ts';
import type { MountPlan } from './mounts.ts';
import { scriptPath, withMounts } from './mounts.ts';

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
  if (instruction.security === 'insecure') {
    throw new EngineError('forbidden', 'security.insecure is not allowed');
  }
  await withMounts(stage, instruction, async (plan) => {
    const { config } = stage;
    const { network, script } = instruction;
    const variables = argVariables(stage);
    const shown = argvOf(instruction.command, config);
    const words = [...plan.words, ...(network === undefined ? [] : [`#(network) ${network}`])];
    const saved = [...savedCommand(stage, variables, shown), ...words];
    // Of nothing, `RUN []`, dockerd makes the command that the image has.
    const containerConfig = { ...config, Cmd: saved, ...(saved.length > 0 && { Entrypoint: null }) };
    if (await isCached(stage, containerConfig)) return;
    const argv = script ? argvOf({ form: 'shell', line: scriptPath(script.name) }, config) : shown;
    await plan.provide((mounts) =>
      execute(stage, { argv, variables, containerConfig, mounts, network, plan }),
    );
  });
}

interface Execution {
  readonly argv: readonly string[];
  readonly variables: readonly string[];
  /** As it is kept: see `savedCommand`. */
  readonly containerConfig: ContainerConfig;
  readonly mounts: readonly MountRequest[];
  readonly network: RunInstruction['network'];
  readonly plan: MountPlan;
}

async function execute(
  stage: Stage,
  { argv, variables, containerConfig, mounts, network, plan }: Execution,
): Promise<void> {
  const { config, build } = stage;
  const wanted: ContainerConfig = {
    ...config,
    Cmd: argv,
    Env: [...(config.Env ?? []), ...variables],
    // No entrypoint, not even the image's; and nobody looks after its health.
    ...((containerConfig.Cmd ?? []).length > 0 && { Entrypoint: [''] }),
    Healthcheck: { Test: ['NONE'] },
  };
  const { parts } = build;
  const hostConfig = {
    Mounts: mounts,
    ...(network !== undefined && network !== 'default' && { NetworkMode: network }),
  };
  const container = await intermediate(stage, wanted, hostConfig);
  let done = false;
  try {
    await runToEnd(stage, container);
    const image = await parts.images.building.addStep({
      parent: stage.image,
      platform: stage.platform,
      config: standing(stage),
      containerConfig: { ...containerConfig, Image: stage.image ?? '' },
      containerId: container.id,
      author: stage.author,
      layer: await layerOf(stage, container, plan),
    });
    done = true;
    await finish(stage, container, true);
    advance(stage, image);
  } finally {
    if (!done) await finish(stage, container, false);
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

async function runToEnd({ build }: Stage, container: Container): Promise<void> {
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
    emitContainer(containers.context, container, 'attach');
    await containers.start(container.id);
    const { exitCode } = await containers.wait(container.id, 'not-running');
    signal.throwIfAborted();
    if (exitCode !== 0) throw new CommandEnded(container.record.config.Cmd ?? [], exitCode);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The container's writable layer itself, or a copy for the container to stay as it is. */
async function layerOf(stage: Stage, container: Container, plan: MountPlan): Promise<string> {
  const { build } = stage;
  const { images } = build.parts;
  const upper = images.snapshots.upper(container.id);
  if (plan.words.length > 0) {
    const { rootfs } = await imageOf(stage);
    await images.building.view(rootfs.diff_ids, async (root) => plan.tidy(upper, root));
  }
  if (build.request.remove) return upper;
  const copy = images.building.draftLayer();
  await run(['cp', '-a', '--', `${upper}/.`, copy]);
  return copy;
}
