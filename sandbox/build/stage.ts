import type { ContainerConfig, ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { BuildArgs } from './build-args.ts';
import type { Cache } from './cache.ts';
import type { BuildRequest } from './request.ts';
import type { BuildParts } from './parts.ts';
import type { Report } from './report.ts';
import type { Escape } from '../dockerfile/model.ts';
import type { StepGroup } from './run/group.ts';
import type { StepNetwork } from './run/network.ts';
import type { Source } from './source/source.ts';

/** What is the same for all stages of a build. */
export interface Build {
  readonly parts: BuildParts;
  readonly request: BuildRequest;
  readonly report: Report;
  readonly escape: Escape;
  /** Undefined when there is none: `docker build -`. */
  readonly context: Source | undefined;
  /** The stages that are finished, in order. */
  readonly stages: readonly FinishedStage[];
  readonly signal: AbortSignal;
  readonly network: StepNetwork;
  readonly group: StepGroup;
}

export interface FinishedStage {
  readonly name: string | undefined;
  /** Undefined for `scratch` with nothing in it. */
  readonly image: Digest | undefined;
}

/** A stage on its way: each step changes it. */
export interface Stage {
  readonly build: Build;
  readonly args: BuildArgs;
  readonly cache: Cache;
  readonly platform: Pick<ImageConfig, 'os' | 'architecture' | 'variant'>;
  /** What the last step made; undefined for `scratch`. */
  image: Digest | undefined;
  /** What the image will tell its containers. */
  config: ContainerConfig;
  cmdSet: boolean;
  author: string;
}

/** What the stage's images are made of so far. */
export async function imageOf({ build, image, platform }: Stage): Promise<ImageConfig> {
  if (image !== undefined) return build.parts.images.building.config(image);
  return { ...platform, rootfs: { type: 'layers', diff_ids: [] } };
}

/** Looks for what the step would make; true when it was made before and the stage goes on from there. */
export async function isCached(stage: Stage, containerConfig: ContainerConfig): Promise<boolean> {
  const { image, build } = stage;
  const parent = image === undefined ? undefined : { id: image, config: await imageOf(stage) };
  const found = await stage.cache.probe(parent, containerConfig);
  if (found === undefined) return false;
  build.report.usedCache();
  advance(stage, found);
  return true;
}

/** The step has made `image`. */
export function advance(stage: Stage, image: Digest): void {
  stage.image = image;
}

/** `config.Image` of what a step makes: the image that it stands on. */
export function standing(stage: Stage): ContainerConfig {
  return { ...stage.config, Image: stage.image ?? '' };
}

/** The configuration of a container that stands for a step that runs nothing. */
export function nothing(config: ContainerConfig, words: readonly string[]): ContainerConfig {
  return { ...config, Cmd: [...shellOf(config), ...words] };
}

function shellOf({ Shell }: ContainerConfig): readonly string[] {
  return Shell && Shell.length > 0 ? Shell : ['/bin/sh', '-c'];
}
