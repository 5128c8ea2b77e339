import type { Container } from '../container/container.ts';
import type { CreateRequest } from '../container/create-request.ts';
import { removeContainer } from '../container/remove.ts';
import type { ContainerConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { Stage } from './stage.ts';
import { imageOf } from './stage.ts';

/**
 * The container that the classic builder makes for a step. Its log is nowhere: the build's output is all there is. Until
 * it is kept, nothing of it is written down: an engine that is killed meanwhile has none.
 */
export async function intermediate(
  stage: Stage,
  config: ContainerConfig,
  hostConfig: CreateRequest['hostConfig'] = {},
): Promise<Container> {
  const { parts, request, report, network, group } = stage.build;
  const wanted: CreateRequest = {
    config: { ...config, Image: stage.image ?? '' },
    hostConfig: { ...request.host, ...hostConfig, LogConfig: { Type: 'none', Config: {} } },
    endpoints: {},
  };
  const { container, warnings } = await parts.containers.create('', wanted, {
    transient: true,
    network,
    group,
    ...(stage.image === undefined && { image: { id: '' as Digest, config: await imageOf(stage) } }),
  });
  for (const warning of warnings) report.note(` ---> [Warning] ${warning}`);
  report.runningIn(container.id);
  return container;
}

/** What becomes of the container: it goes after a step that went well, and stays after one that did not, unless told otherwise. */
export async function finish(stage: Stage, container: Container, done: boolean): Promise<void> {
  const { request, signal } = stage.build;
  const goes = done ? request.remove : request.forceRemove || signal.aborted;
  await (goes ? remove(stage, container) : keep(stage, container));
}

async function remove({ build }: Stage, container: Container): Promise<void> {
  await removeContainer(build.parts.containers.context, container, { force: true, volumes: true });
  build.report.removed(container.id);
}

/** From now on it is a container like any other. */
async function keep({ build }: Stage, container: Container): Promise<void> {
  container.network = undefined;
  container.group = undefined;
  await build.parts.containers.context.registry.keep(container);
}
