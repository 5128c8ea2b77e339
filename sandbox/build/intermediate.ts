import { randomBytes } from 'node:crypto';
import type { Container } from '../container/container.ts';
import type { CreateRequest } from '../container/create-request.ts';
import { mergeConfig } from '../container/create-request.ts';
import { inventName } from '../container/names.ts';
import type { ContainerConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { Stage } from './stage.ts';
import { imageOf } from './stage.ts';

/** The container that the classic builder makes for a step that runs nothing. */
export interface Intermediate {
  readonly id: string;
  /** Completed by what the image and the container add. */
  readonly config: ContainerConfig;
  /** Removes it, when it is to be removed. */
  finish(): Promise<void>;
}

/**
 * Nobody can meet a container that is removed in the same moment: then there is none, only what is told of it. With
 * `--rm=false` it is real, and stays.
 */
export async function intermediate(stage: Stage, config: ContainerConfig): Promise<Intermediate> {
  const { request, report } = stage.build;
  const isKept = !request.remove && !request.forceRemove;
  const made = isKept ? await keep(stage, config) : await pretend(stage, config);
  report.runningIn(made.id);
  return made;
}

async function keep(stage: Stage, config: ContainerConfig): Promise<Intermediate> {
  const container = await createContainer(stage, config, { transient: false });
  return { id: container.id, config: container.record.config, finish: () => Promise.resolve() };
}

async function pretend(stage: Stage, config: ContainerConfig): Promise<Intermediate> {
  const { parts, report } = stage.build;
  const id = randomBytes(32).toString('hex');
  const name = inventName(() => false);
  const merged = await mergedConfig(stage, id, config);
  const tell = (action: string) => {
    const attributes = { ...merged.Labels, image: stage.image ?? '', name };
    parts.emit({ Type: 'container', Action: action, Actor: { ID: id, Attributes: attributes } });
  };
  tell('create');
  const finish = async () => {
    tell('destroy');
    report.removed(id);
  };
  return { id, config: merged, finish };
}

/** As a container over the stage's image would have it. */
async function mergedConfig(stage: Stage, id: string, config: ContainerConfig): Promise<ContainerConfig> {
  if (stage.image === undefined) return { ...config, Hostname: id.slice(0, 12) };
  const image = await imageOf(stage);
  return { ...config, ...mergeConfig(id, config, image.config ?? {}), Image: stage.image };
}

/** A real one. Its log is nowhere: the build's output is all there is. */
export async function createContainer(
  stage: Stage,
  config: ContainerConfig,
  { transient, hostConfig = {} }: { transient: boolean; hostConfig?: CreateRequest['hostConfig'] },
): Promise<Container> {
  const { containers } = stage.build.parts;
  const host = stage.build.request.host;
  const request: CreateRequest = {
    config: { ...config, Image: stage.image ?? '' },
    hostConfig: { ...host, ...hostConfig, LogConfig: { Type: 'none', Config: {} } },
    endpoints: {},
  };
  const { container, warnings } = await containers.create('', request, {
    transient,
    ...(transient && { network: stage.build.network, group: stage.build.group }),
    ...(stage.image === undefined && { image: { id: '' as Digest, config: await imageOf(stage) } }),
  });
  for (const warning of warnings) stage.build.report.note(` ---> [Warning] ${warning}`);
  return container;
}
