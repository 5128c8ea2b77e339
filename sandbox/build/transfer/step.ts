import { posix } from 'node:path';
import type { AddInstruction, CopyInstruction } from '../../dockerfile/model.ts';
import { compileIgnore } from '../../dockerfile/ignore.ts';
import { EngineError } from '../../oci/errors.ts';
import { layersFrom, wrapped } from '../from.ts';
import { DiskSource } from '../source/disk.ts';
import type { Found } from '../source/find.ts';
import { excluding, find, hashOf } from '../source/find.ts';
import { follow } from '../source/source.ts';
import type { Stage } from '../stage.ts';
import { advance, imageOf, isCached, nothing, standing } from '../stage.ts';
import { toRaw } from '../../layer/raw-path.ts';
import { copy } from './copy.ts';
import { destinationOf } from './destination.ts';
import { downloaded, isUrl } from './download.ts';
import { LayerDraft, ROOT } from './draft.ts';
import { inlineFiles } from './inline.ts';
import { parseMode } from './mode.ts';
import { ownerOf } from './owner.ts';

type Transfer = CopyInstruction | AddInstruction;

/** What an instruction copies, and what is to be given back when it has. */
interface Gathered {
  readonly found: Found[];
  readonly closers: (() => void)[];
}

/** COPY and ADD. */
export async function transferStep(stage: Stage, instruction: Transfer): Promise<void> {
  const from = instruction.kind === 'copy' ? instruction.from : undefined;
  if (from === undefined) {
    await transfer(stage, instruction, undefined);
    return;
  }
  const layers = await layersFrom(stage, from);
  await stage.build.parts.images.building.view(layers, async (root) => {
    await transfer(stage, instruction, new DiskSource(root));
  });
}

/** `image` is the tree of `--from`; undefined for the context. */
async function transfer(stage: Stage, instruction: Transfer, image: DiskSource | undefined): Promise<void> {
  const { parts, report } = stage.build;
  const gathered: Gathered = { found: [], closers: [] };
  const name = instruction.kind.toUpperCase();
  try {
    await gather(stage, instruction, image, gathered).catch((error: unknown) => {
      throw wrapped(`${name} failed: `, error);
    });
    const { found } = gathered;
    if (found.length > 1 && !instruction.dest.endsWith('/')) {
      throw new EngineError(
        'internal',
        `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
      );
    }
    const containerConfig = nothing(stage.config, [`#(nop) ${commentOf(instruction, found)}`]);
    // Files of an image stay as they are: another image is another instruction.
    const difference =
      image === undefined ? await parts.differences.compare(keyOf(stage, instruction), found) : undefined;
    if (await isCached(stage, containerConfig)) return;
    if (difference) report.differs(difference);
    await build(stage, instruction, { found, fromImage: image !== undefined, containerConfig });
  } finally {
    for (const close of gathered.closers) close();
  }
}

async function gather(
  { build }: Stage,
  instruction: Transfer,
  image: DiskSource | undefined,
  { found, closers }: Gathered,
): Promise<void> {
  const { context, parts, report, signal } = build;
  const ignored = compileIgnore(instruction.exclude);
  for (const wish of instruction.sources) {
    if (isUrl(wish) && instruction.kind === 'add') {
      const download = await downloaded(wish, instruction.dest, { pool: parts.pool, report, signal });
      closers.push(download.close);
      found.push(download.found);
      continue;
    }
    if (isUrl(wish)) throw new EngineError('internal', "source can't be a URL for COPY");
    const source = image ?? context;
    if (source === undefined) throw new EngineError('internal', 'missing build context');
    if (image) await image.readAttributes(follow(image, toRaw(wish.replace(/[^/]*[*?[].*$/, ''))));
    for (const each of await find(source, wish, image ? 'image' : 'context')) {
      const left = instruction.exclude.length === 0 ? each : await excluding(each, ignored);
      if (left) found.push(left);
    }
  }
  if (instruction.files.length > 0) {
    const inline = await inlineFiles(instruction.files, parts.pool);
    closers.push(inline.close);
    found.push(...inline.found);
  }
  if (found.length === 0) throw new EngineError('internal', 'no source files were specified');
}

function keyOf({ image }: Stage, { original }: Transfer): string {
  return `${image ?? ''} ${original}`;
}

/** As the history and the cache know it. */
function commentOf(instruction: Transfer, found: readonly Found[]): string {
  const { kind, chown = '', chmod = '', dest } = instruction;
  const owner = chown === '' ? '' : `--chown=${chown}`;
  const mode = chmod === '' ? '' : `--chmod=${chmod}`;
  const parents = keepsParents(instruction) ? '--parents' : '';
  return `${kind.toUpperCase()} ${owner}${mode}${parents}${hashOf(found)} in ${dest} `;
}

function keepsParents(instruction: Transfer): boolean {
  return instruction.kind === 'copy' && instruction.parents;
}

/** Where `found` goes: with `--parents` below the folders that were written before its name, those behind a `/./`. */
function placeOf(instruction: Transfer, { source, path, name }: Found): string {
  if (!keepsParents(instruction)) return instruction.dest;
  const kept = (name.split('/./').at(-1) ?? name).replace(/^\/+|\/+$/g, '');
  const isFolder = source.node(path)?.kind === 'folder';
  return posix.join(instruction.dest, isFolder ? kept : posix.dirname(kept), '/');
}

async function build(
  stage: Stage,
  instruction: Transfer,
  from: { readonly found: readonly Found[]; readonly fromImage: boolean; readonly containerConfig: object },
): Promise<void> {
  const { kind, chown = '', chmod = '' } = instruction;
  const { pool, images } = stage.build.parts;
  const { building } = images;
  const { rootfs } = await imageOf(stage);
  await building.inDraft(async (folder) => {
    const draft = await building.view(rootfs.diff_ids, async (root) => {
      const made = new LayerDraft(folder, root);
      const owner = chown === '' ? (from.fromImage ? undefined : ROOT) : await ownerOf(chown, root);
      const mode = chmod === '' ? undefined : parseMode(chmod);
      const workdir = stage.config.WorkingDir ?? '';
      const options = { owner, mode, unpack: kind === 'add', pool };
      for (const each of from.found) {
        const place = destinationOf(workdir, placeOf(instruction, each));
        await copy(made, each, place, options).catch((error: unknown) => {
          throw wrapped('failed to copy files: ', error);
        });
      }
      await made.finish();
      return made;
    });
    const image = await building.addStep({
      parent: stage.image,
      platform: stage.platform,
      config: standing(stage),
      containerConfig: { ...from.containerConfig, Image: stage.image ?? '' },
      author: stage.author,
      layer: folder,
      placed: (layer) => (draft.folder.path = layer),
    });
    advance(stage, image);
  });
}
