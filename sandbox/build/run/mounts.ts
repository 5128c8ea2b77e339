import { existsSync, linkSync, lstatSync, lutimesSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { copyFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { MountRequest } from '../../container/model.ts';
import type { InlineFile, RunInstruction, RunMount } from '../../dockerfile/model.ts';
import type { RawPath } from '../../layer/raw-path.ts';
import { joinRaw, onDisk, toRaw } from '../../layer/raw-path.ts';
import { run } from '../../layer/run.ts';
import { removeTree } from '../../layer/tree.ts';
import { EngineError } from '../../oci/errors.ts';
import { layersFrom } from '../from.ts';
import { DiskSource } from '../source/disk.ts';
import type { Found } from '../source/find.ts';
import { find } from '../source/find.ts';
import { below } from '../source/source.ts';
import type { Stage } from '../stage.ts';
import { destinationOf } from '../transfer/destination.ts';

/** What a RUN wants beside its command, looked up but not made yet. */
export interface MountPlan {
  /** What of it decides whether a step was made before, for the history too. */
  readonly words: readonly string[];
  /** Calls `use` with the mounts made; they are gone when it ends. */
  provide<T>(use: (mounts: readonly MountRequest[]) => Promise<T>): Promise<T>;
  /** Takes away what the runtime had to make in the step's layer to mount over. */
  tidy(upper: string, root: string | undefined): void;
}

/** Looks up the sources of a RUN's mounts, which are there until `use` ends. */
export async function withMounts<T>(
  stage: Stage,
  { mounts, script }: Pick<RunInstruction, 'mounts' | 'script'>,
  use: (plan: MountPlan) => Promise<T>,
): Promise<T> {
  return withSources(stage, mounts, [], async (planned) => use(planOf(stage, planned, script)));
}

interface Planned {
  readonly mount: RunMount;
  readonly target: string;
  /** What is to be seen there. */
  readonly found?: Found;
}

async function withSources<T>(
  stage: Stage,
  [mount, ...more]: readonly RunMount[],
  done: readonly Planned[],
  use: (planned: readonly Planned[]) => Promise<T>,
): Promise<T> {
  if (mount === undefined) return use(done);
  const target = destinationOf(stage.config.WorkingDir ?? '', mount.target ?? defaultTarget(mount));
  const next = async (found?: Found): Promise<T> =>
    withSources(stage, more, [...done, { mount, target, ...(found && { found }) }], use);
  const wantsTree = mount.type === 'bind' || (mount.type === 'cache' && mount.from !== undefined);
  if (!wantsTree) return next();
  const wish = mount.source ?? '/';
  if (mount.from === undefined) {
    const { context } = stage.build;
    if (context === undefined) throw new EngineError('internal', 'missing build context');
    return next(await firstOf(find(context, wish === '/' ? '.' : wish, 'context')));
  }
  const layers = await layersFrom(stage, mount.from);
  return stage.build.parts.images.building.view(layers, async (root) =>
    next(await firstOf(find(new DiskSource(root), wish === '/' ? '.' : wish, 'image'))),
  );
}

async function firstOf(all: Promise<Found[]>): Promise<Found> {
  const [first] = await all;
  if (first === undefined) throw new EngineError('internal', 'no source files were specified');
  return first;
}

function defaultTarget({ type, id }: RunMount): string {
  if (type === 'secret' && id !== undefined) return `/run/secrets/${id}`;
  throw new EngineError('invalid', 'target is required');
}

function planOf(stage: Stage, planned: readonly Planned[], script: InlineFile | undefined): MountPlan {
  return {
    words: planned.flatMap(wordsOf),
    provide: (use) => provide(stage, planned, script, use),
    tidy: (upper, root) => {
      for (const { target } of planned) removeStub(upper, root, target);
    },
  };
}

/** A cache may hold what it likes, and a tmpfs holds nothing. */
function wordsOf({ mount, target, found }: Planned): string[] {
  if (mount.type === 'bind') return [`#(mount) bind ${found?.hash ?? ''} in ${target}`];
  return [`#(mount) ${mount.type} in ${target}`];
}

async function provide<T>(
  stage: Stage,
  planned: readonly Planned[],
  script: InlineFile | undefined,
  use: (mounts: readonly MountRequest[]) => Promise<T>,
): Promise<T> {
  const undo: (() => Promise<void> | void)[] = [];
  try {
    const mounts: MountRequest[] = [];
    for (const each of planned) {
      const made = await make(stage, each, undo);
      if (made) mounts.push(made);
    }
    if (script) mounts.push(scriptMount(stage, script, undo));
    return await use(mounts);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

type Undo = (() => Promise<void> | void)[];

async function make(
  stage: Stage,
  { mount, target, found }: Planned,
  undo: Undo,
): Promise<MountRequest | undefined> {
  const { pool, caches } = stage.build.parts;
  const bind = (Source: string): MountRequest => ({
    Type: 'bind',
    Source,
    Target: target,
    ReadOnly: mount.readOnly,
  });
  switch (mount.type) {
    case 'tmpfs':
      return {
        Type: 'tmpfs',
        Target: target,
        ...(mount.size !== undefined && { TmpfsOptions: { SizeBytes: mount.size } }),
      };
    case 'cache': {
      const held = await caches.hold(
        {
          id: mount.id ?? target,
          sharing: mount.sharing ?? 'shared',
          mode: mount.mode ?? 0o755,
          uid: mount.uid ?? 0,
          gid: mount.gid ?? 0,
          fill: async (folder) => {
            if (found) await run(['cp', '-a', '--', `${onPath(found)}/.`, folder]);
          },
        },
        stage.build.signal,
      );
      undo.push(held.release);
      return bind(held.folder);
    }
    case 'bind': {
      if (found === undefined) return undefined;
      if (found.source instanceof DiskSource && mount.readOnly) return bind(onPath(found));
      const folder = pool.draft();
      undo.push(() => removeTree(folder));
      return bind(await copyOf(found, folder, mount.readOnly));
    }
    case 'secret':
    case 'ssh':
      // They come over a session of BuildKit's, which the classic protocol does not have.
      if (mount.required)
        throw new EngineError('internal', `${mount.type} ${mount.id ?? 'default'}: not found`);
      return undefined;
  }
}

/** Where it lies; names of files that are not UTF-8 cannot be mounted. */
function onPath({ source, path: at }: Found): string {
  return source.file(at).toString();
}

/** A tree for the step alone; one that is only read shares its files. */
async function copyOf(
  { source, path: from, name }: Found,
  folder: string,
  readOnly: boolean,
): Promise<string> {
  const root = source.node(from);
  if (root?.kind !== 'folder') {
    mkdirSync(folder);
    const target = path.join(folder, path.basename(name) || 'file');
    await copyFile(source.file(from), target);
    return target;
  }
  if (source instanceof DiskSource) {
    await run(['cp', '-a', '--', onPath({ source, path: from, name, hash: '' }), folder]);
    return folder;
  }
  mkdirSync(folder, { mode: root.mode });
  const times = new Map<Buffer, number>();
  for (const each of below(source, from)) {
    const node = source.node(each);
    const target = onDisk(joinRaw(toRaw(folder), relativeTo(from, each)));
    if (node?.kind === 'folder') {
      mkdirSync(target, { mode: node.mode });
      times.set(target, node.mtime);
    } else if (node?.kind === 'link') symlinkSync(Buffer.from(node.target ?? '', 'latin1'), target);
    else if (node?.kind === 'file' && readOnly) linkSync(source.file(each), target);
    else if (node?.kind === 'file') {
      await copyFile(source.file(each), target);
      lutimesSync(target, node.mtime, node.mtime);
    }
  }
  for (const [target, time] of times) lutimesSync(target, time, time);
  return folder;
}

function relativeTo(folder: RawPath, each: RawPath): RawPath {
  return folder === '' ? each : (each.slice(folder.length + 1) as RawPath);
}

/** `RUN <<EOF` that begins with `#!`. */
function scriptMount(stage: Stage, { name, content }: InlineFile, undo: Undo): MountRequest {
  const folder = stage.build.parts.pool.draft();
  mkdirSync(folder);
  undo.push(() => removeTree(folder));
  const file = path.join(folder, createHash('sha256').update(name).digest('hex').slice(0, 16));
  writeFileSync(file, content, { mode: 0o755 });
  return { Type: 'bind', Source: file, Target: scriptPath(name), ReadOnly: true };
}

export function scriptPath(name: string): string {
  return `/dev/pipes/${name}`;
}

/** The place of a mount, and folders on the way to it, that are empty in the layer and in no layer below. */
function removeStub(upper: string, root: string | undefined, target: string): void {
  const place = path.posix.normalize(target).replace(/\/+$/, '');
  for (let at = place; at !== '' && at !== '/'; at = path.posix.dirname(at)) {
    const own = path.join(upper, at);
    const stats = lstatSync(own, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (root !== undefined && existsSync(path.join(root, at))) return;
    if (stats.isDirectory() && readdirSync(own).length === 0) rmdirSync(own);
    else if (stats.isFile() && stats.size === 0 && at === place) unlinkSync(own);
    else return;
  }
}
