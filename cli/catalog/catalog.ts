import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Failure, messageOf } from '../failure.ts';
import { inOwnNamespaces, say, untilStopped } from '../lifetime.ts';
import { requireRoot } from '../requirements.ts';
import type { SetupContext } from '../setup/context.ts';
import { withSetupLock } from '../setup/lock.ts';
import { type Folders, setUp } from '../setup/setup.ts';
import { openBuildEngine, type BuildEngine } from './engine.ts';
import { openBuildMachine } from './machine.ts';
import { publishArchive } from './publish.ts';
import { type Recipe, readRecipes } from './recipes.ts';
import { type ImageState, isBuilt, readStates, recipeOf, writeStates } from './state.ts';

/** Prints what the catalog has, and what could be built into it. */
export async function listCatalog(context: SetupContext): Promise<void> {
  const catalog = join(context.data, 'catalog');
  const states = new Map((await readStates(catalog)).map((each) => [each.name, each]));
  for (const recipe of await readRecipes(context.project)) {
    const { name, references, summary } = recipe;
    const known = states.get(name);
    const state = (await isBuilt(catalog, recipe))
      ? 'ready'
      : known?.state === 'failed'
        ? 'failed'
        : 'not built';
    const tags = references.map((reference) => reference.slice(reference.lastIndexOf(':') + 1)).join(', ');
    say(`${name.padEnd(12)} ${state.padEnd(10)} ${summary} (${tags})`);
    if (state === 'failed' && known?.detail !== undefined) say(`${' '.repeat(12)} ${known.detail}`);
  }
}

/**
 * Builds the images that are missing, or those that are named, in a machine of their own and with the engine's own
 * builder. One that fails does not keep the others back; the exit status then is 1.
 */
export async function buildCatalog(
  context: SetupContext,
  names: readonly string[],
  interrupted: AbortController,
): Promise<void> {
  requireRoot('build images');
  await inOwnNamespaces(async () => {
    void untilStopped(interrupted);
    const folders = await setUp(context, { page: false, tests: false });
    await buildAll(context, folders, await choose(context, names));
  });
}

async function choose(context: SetupContext, names: readonly string[]): Promise<Recipe[]> {
  const recipes = await readRecipes(context.project);
  const unknown = names.find((name) => !recipes.some((recipe) => recipe.name === name));
  if (unknown !== undefined) {
    throw new Failure(
      `There is no image ${unknown} to build.`,
      `Choose from ${recipes.map(({ name }) => name).join(', ')}, or add a folder to sandbox/catalog.`,
    );
  }
  return names.length === 0 ? recipes : recipes.filter(({ name }) => names.includes(name));
}

async function buildAll(context: SetupContext, folders: Folders, wanted: readonly Recipe[]): Promise<void> {
  const all = await readRecipes(context.project);
  const unbuilt = new Set<string>();
  for (const recipe of all) if (!(await isBuilt(folders.catalog, recipe))) unbuilt.add(recipe.name);
  const missing = wanted.filter(({ name }) => unbuilt.has(name));
  const board = new Board(folders.catalog, all, {
    unbuilt,
    waiting: new Set(missing.map(({ name }) => name)),
  });
  await board.write();
  if (missing.length === 0) {
    say('Every image is there.');
    return;
  }
  const machine = await openBuildMachine(context, folders);
  try {
    const engine = openBuildEngine(machine.engineSocket, context.signal);
    for (const recipe of missing) await buildOne(context, { engine, recipe, folders, machine, board });
  } finally {
    await machine.close();
  }
}

interface Work {
  readonly engine: BuildEngine;
  readonly recipe: Recipe;
  readonly folders: Folders;
  readonly machine: { readonly folder: string };
  readonly board: Board;
}

async function buildOne(
  context: SetupContext,
  { engine, recipe, folders, machine, board }: Work,
): Promise<void> {
  const [reference = ''] = recipe.references;
  const archive = join(machine.folder, `${recipe.name}.tar`);
  try {
    await context.progress.task(`Image ${recipe.name}`, async (task) => {
      await board.set(recipe.name, 'building');
      await engine.build(recipe.folder, reference, (step) => {
        task.detail(step);
        void board.set(recipe.name, 'building', step);
      });
      task.detail('packing');
      await engine.save(reference, archive);
      const image = { references: recipe.references, recipe: await recipeOf(folders.catalog, recipe) };
      await withSetupLock(context, () => publishArchive(context, folders.catalog, image, archive));
    });
    await board.set(recipe.name, 'ready');
  } catch (error) {
    if (context.signal.aborted) throw error;
    await board.set(recipe.name, 'failed', messageOf(error));
    say(`The image ${recipe.name} could not be built: ${messageOf(error)}`);
    process.exitCode = 1;
  } finally {
    await rm(archive, { force: true });
  }
}

/** What everybody may read of how far the images are. Writing goes one after another. */
class Board {
  readonly #catalog: string;
  #states: readonly ImageState[];
  #last: Promise<void> = Promise.resolve();

  constructor(
    catalog: string,
    recipes: readonly Recipe[],
    { unbuilt, waiting }: { readonly unbuilt: ReadonlySet<string>; readonly waiting: ReadonlySet<string> },
  ) {
    this.#catalog = catalog;
    this.#states = recipes.map(({ name, summary, references }) => {
      const state = waiting.has(name) ? 'waiting' : unbuilt.has(name) ? 'missing' : 'ready';
      return { name, summary, references, state };
    });
  }

  async set(name: string, state: ImageState['state'], detail?: string): Promise<void> {
    this.#states = this.#states.map((each) => {
      if (each.name !== name) return each;
      const { summary, references } = each;
      return { name, summary, references, state, ...(detail !== undefined && { detail }) };
    });
    await this.write();
  }

  async write(): Promise<void> {
    const states = this.#states;
    this.#last = this.#last.catch(() => undefined).then(() => writeStates(this.#catalog, states));
    await this.#last;
  }
}
