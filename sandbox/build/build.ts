import { parseTrigger } from '../dockerfile/parse.ts';
import type { Dockerfile, Stage as WrittenStage, Written } from '../dockerfile/model.ts';
import { expandInstruction, expandWord } from '../dockerfile/expand.ts';
import { OWN_PLATFORM, parsePlatform } from '../image/platform.ts';
import type { Image } from '../image/images.ts';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import { baseImage } from './base.ts';
import { BuildArgs } from './build-args.ts';
import type { Cache } from './cache.ts';
import { stageCache } from './cache.ts';
import { cacheFor } from './cache-store.ts';
import { wrapped } from './from.ts';
import { execute, executeExpanded } from './instructions.ts';
import type { BuildParts } from './parts.ts';
import { planOf } from './plan.ts';
import type { Report } from './report.ts';
import type { BuildRequest } from './request.ts';
import type { Source } from './source/source.ts';
import type { Build, FinishedStage, Stage } from './stage.ts';
import { stageByName } from './stages.ts';
import { StepGroup } from './run/group.ts';
import { StepNetwork } from './run/network.ts';

export interface BuildInput {
  readonly request: BuildRequest;
  readonly dockerfile: Dockerfile;
  /** Undefined when there is none: `docker build -`. */
  readonly context: Source | undefined;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The image that a Dockerfile makes, named as asked for. Throws `EngineError` in dockerd's words. */
export async function build(parts: BuildParts, input: BuildInput): Promise<Digest> {
  const image = await new Builder(parts, input).run();
  if (image === undefined) {
    throw new EngineError('internal', 'No image was generated. Is your Dockerfile empty?');
  }
  input.report.built(image);
  for (const tag of input.request.tags) {
    await parts.images.tag(image, parseReference(tag));
    input.report.tagged(familiarReference(parseReference(tag)));
  }
  return image;
}

class Builder {
  readonly #build: Build;
  readonly #dockerfile: Dockerfile;
  readonly #stages: FinishedStage[] = [];
  readonly #args: BuildArgs;
  #number = 0;
  #total = 0;

  constructor(parts: BuildParts, { request, dockerfile, context, report, signal }: BuildInput) {
    const { escape } = dockerfile;
    const network = new StepNetwork(parts.containers.context.networking);
    const group = new StepGroup(parts.containers.context);
    this.#build = { parts, request, report, escape, context, stages: this.#stages, signal, network, group };
    this.#dockerfile = dockerfile;
    this.#args = new BuildArgs(request.buildArgs);
  }

  /** Undefined when nothing was made. */
  async run(): Promise<Digest | undefined> {
    try {
      return await this.#run();
    } finally {
      await Promise.all([this.#build.network.release(), this.#build.group.release()]);
    }
  }

  async #run(): Promise<Digest | undefined> {
    const { request, report, escape } = this.#build;
    const plan = planOf(this.#dockerfile, request);
    this.#total = plan.total;
    for (const line of this.#dockerfile.warnings) report.warning(line);
    for (const arg of plan.metaArgs) {
      this.#step(arg);
      const values = this.#args.all();
      const { args } = expandInstruction(arg, (name) => values.get(name), escape);
      for (const { key, value } of args) this.#args.declareMeta(key, value);
    }
    const cache = await cacheFor(this.#build.parts.images, request);
    for (const stage of plan.stages) await this.#stage(stage, cache);
    const unconsumed = this.#args.unconsumed();
    if (unconsumed.length > 0) {
      report.note(`[Warning] One or more build-args [${unconsumed.join(' ')}] were not consumed`);
    }
    return this.#stages.at(-1)?.image;
  }

  async #stage(written: WrittenStage & { readonly added: WrittenStage['instructions'] }, cache: () => Cache) {
    const { report } = this.#build;
    const { name } = written;
    if (name !== undefined && stageByName(this.#stages, name)) {
      throw new EngineError('internal', `${name} stage name already used`);
    }
    this.#step(written);
    const stage = await this.#begin(written, cache());
    report.based(stage.image);
    for (const [instructions, run] of [
      [written.instructions, execute],
      [written.added, executeExpanded],
    ] as const) {
      for (const instruction of instructions) {
        this.#checkCancelled();
        this.#step(instruction);
        await run(stage, instruction);
        report.made(stage.image);
      }
    }
    report.stageDone(stage.image);
    this.#stages.push({ name, image: stage.image });
  }

  async #begin({ base, platform }: WrittenStage, cache: Cache): Promise<Stage> {
    const { report, request } = this.#build;
    const values = this.#args.meta();
    const expand = (text: string) => expandWord(text, (name) => values.get(name), this.#build.escape);
    const wanted = platform === undefined ? request.platform : checkedPlatform(expand(platform));
    const name = expand(base);
    if (name === '') throw new EngineError('internal', `base name (${base}) should not be blank`);
    const image = await this.#baseOf(name, wanted);
    const { OnBuild: triggers = null, ...config } = image?.config.config ?? {};
    const stage: Stage = {
      build: this.#build,
      args: this.#args.forStage(),
      cache: stageCache(cache),
      platform: image?.config ?? (wanted === '' ? OWN_PLATFORM : parsePlatform(wanted)),
      image: image?.id,
      config: { ...withPath(config), OpenStdin: false, StdinOnce: false },
      cmdSet: false,
      author: '',
    };
    if (triggers && triggers.length > 0) {
      report.triggers(triggers.length);
      for (const trigger of triggers) await execute(stage, parseTrigger(trigger));
    } else if (triggers) stage.config = { ...stage.config, OnBuild: triggers };
    return stage;
  }

  async #baseOf(name: string, platform: string): Promise<Image | undefined> {
    const { parts, request, report } = this.#build;
    const stage = stageByName(this.#stages, name);
    const known = stage?.image;
    if (stage && known === undefined) return undefined;
    if (known !== undefined) return { id: known, config: await parts.images.building.config(known) };
    if (name === 'scratch') return undefined;
    return baseImage(parts.images, name, { platform, pull: request.pull }, report);
  }

  #step({ original, lines }: Written): void {
    this.#build.report.step(++this.#number, this.#total, original, lines.start);
  }

  #checkCancelled(): void {
    if (!this.#build.signal.aborted) return;
    this.#build.report.note('Build cancelled');
    throw new EngineError('internal', 'Build cancelled');
  }
}

/** `text`, once it is sure that it names a platform. */
function checkedPlatform(text: string): string {
  try {
    parsePlatform(text);
    return text;
  } catch (error) {
    throw wrapped(`failed to parse platform ${text}: `, error);
  }
}

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function withPath<T extends { readonly Env?: readonly string[] | null }>(config: T): T {
  const env = config.Env ?? [];
  return env.some((line) => line.startsWith('PATH=')) ? config : { ...config, Env: [...env, DEFAULT_PATH] };
}
