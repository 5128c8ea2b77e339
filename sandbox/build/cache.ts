import type { ContainerConfig, HistoryEntry, ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';

/** An image that a step may have made before. */
export interface Candidate {
  readonly id: Digest;
  readonly config: ImageConfig;
}

/** What the cache asks of the image store; `undefined` stands for `scratch`. */
export interface CacheStore {
  /** Images that were made from this one by one step. */
  children(parent: Digest | undefined): Promise<readonly Candidate[]>;
  isBelow(ancestor: Digest, id: Digest): boolean;
  /** Keeps the beginning of a foreign image's history as an image of its own, and returns its id. */
  adopt(config: ImageConfig, parent: Digest | undefined): Promise<Digest>;
  setParent(id: Digest, parent: Digest): Promise<void>;
}

/** Looks for the image that a step would make, in the order and by the rules of dockerd's classic builder. */
export interface Cache {
  /** `config` is the configuration of the step's container, its command telling what the step does. */
  probe(parent: Candidate | undefined, config: ContainerConfig): Promise<Digest | undefined>;
}

export const NO_CACHE: Cache = { probe: () => Promise.resolve(undefined) };

/** For one stage: after the first step that was not found, nothing is looked for any more. */
export function stageCache(cache: Cache): Cache {
  let missed = false;
  return {
    probe: async (parent, config) => {
      const found = missed ? undefined : await cache.probe(parent, config);
      missed ||= found === undefined;
      return found;
    },
  };
}

/** The latest child of the parent that was made by an equal step. */
export function localCache(store: CacheStore): Cache {
  return {
    probe: async (parent, config) => {
      let best: Candidate | undefined;
      for (const child of await store.children(parent?.id)) {
        if (!isSameStep(child.config.container_config, config)) continue;
        if (best === undefined || (best.config.created ?? '') < (child.config.created ?? '')) best = child;
      }
      return best?.id;
    },
  };
}

/** Of `--cache-from`: only what led to one of these images counts, and their histories may come from elsewhere. */
export function cacheFrom(store: CacheStore, sources: readonly Candidate[]): Cache {
  const local = localCache(store);
  let left = sources;
  return {
    probe: async (parent, config) => {
      const known = await local.probe(parent, config);
      if (known !== undefined && left.some(({ id }) => store.isBelow(known, id))) return known;
      const depth = parent?.config.history?.length ?? 0;
      for (const source of left) {
        const step = source.config.history?.[depth];
        if (step === undefined || !continues(source.config, parent?.config)) continue;
        if ((config.Cmd ?? []).join(' ') !== (step.created_by ?? '')) continue;
        if (depth === (source.config.history?.length ?? 0) - 1) {
          if (parent) await store.setParent(source.id, parent.id);
          return source.id;
        }
        left = [source];
        return store.adopt(beginningOf(source.config, parent?.config, config), parent?.id);
      }
      return undefined;
    },
  };
}

/** Docker's comparison: name, folder and what can be told from the command do not count. */
export function isSameStep(made: ContainerConfig | undefined, wanted: ContainerConfig): boolean {
  if (!made || made.OpenStdin === true || wanted.OpenStdin === true) return false;
  return (
    (made.User ?? '') === (wanted.User ?? '') &&
    (made.Tty ?? false) === (wanted.Tty ?? false) &&
    (made.AttachStdout ?? false) === (wanted.AttachStdout ?? false) &&
    (made.AttachStderr ?? false) === (wanted.AttachStderr ?? false) &&
    sameList(made.Cmd, wanted.Cmd) &&
    sameList(made.Env, wanted.Env) &&
    sameList(made.Entrypoint, wanted.Entrypoint) &&
    sameTable(made.Labels, wanted.Labels, (a, b) => a === b) &&
    sameTable(made.ExposedPorts, wanted.ExposedPorts) &&
    sameTable(made.Volumes, wanted.Volumes)
  );
}

function sameList(a: readonly string[] | null | undefined, b: readonly string[] | null | undefined): boolean {
  const [one, other] = [a ?? [], b ?? []];
  return one.length === other.length && one.every((each, i) => each === other[i]);
}

function sameTable<T>(
  a: Readonly<Record<string, T>> | null | undefined,
  b: Readonly<Record<string, T>> | null | undefined,
  same: (a: T, b: T) => boolean = () => true,
): boolean {
  const [one, other] = [a ?? {}, b ?? {}];
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => {
      const [mine, theirs] = [one[key], other[key]];
      return mine !== undefined && theirs !== undefined && same(mine, theirs);
    })
  );
}

/** Whether the image's steps begin with those of `parent`, and go on. */
function continues(image: ImageConfig, parent: ImageConfig | undefined): boolean {
  const history = image.history ?? [];
  if (history.length === 0) return false;
  const before = parent?.history ?? [];
  const layers = parent?.rootfs.diff_ids ?? [];
  if (before.length >= history.length || layers.length > image.rootfs.diff_ids.length) return false;
  return (
    before.every((entry, i) => sameEntry(entry, history[i])) &&
    layers.every((layer, i) => layer === image.rootfs.diff_ids[i])
  );
}

function sameEntry(a: HistoryEntry, b: HistoryEntry | undefined): boolean {
  return (
    b !== undefined &&
    Date.parse(a.created ?? '') === Date.parse(b.created ?? '') &&
    (a.created_by ?? '') === (b.created_by ?? '') &&
    (a.author ?? '') === (b.author ?? '') &&
    (a.comment ?? '') === (b.comment ?? '') &&
    (a.empty_layer ?? false) === (b.empty_layer ?? false)
  );
}

/** The image that `source` was after one more step than `parent`. */
function beginningOf(
  source: ImageConfig,
  parent: ImageConfig | undefined,
  config: ContainerConfig,
): ImageConfig {
  const depth = parent?.history?.length ?? 0;
  const history = (source.history ?? []).slice(0, depth + 1);
  const layers = history.filter(({ empty_layer }) => empty_layer !== true).length;
  const { author } = source;
  const created = history.at(-1)?.created;
  return {
    architecture: source.architecture,
    os: source.os,
    ...(author !== undefined && { author }),
    ...(created !== undefined && { created }),
    ...(source.docker_version !== undefined && { docker_version: source.docker_version }),
    config,
    history,
    rootfs: { type: 'layers', diff_ids: source.rootfs.diff_ids.slice(0, layers) },
  };
}
