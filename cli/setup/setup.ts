import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { bundle } from '../bundle.mjs';
import { appHash, appStep, pageHash, pageStep } from './app.ts';
import { largeImages, smallImages } from './catalog.ts';
import { ensure, type SetupContext, type Step } from './context.ts';
import { makeDataFolder } from './data-folder.ts';
import { useFolder } from './folder.ts';
import { withSetupLock } from './lock.ts';
import { packagesStep } from './packages.ts';
import { runtimeHash, runtimeStep } from './runtime.ts';
import { notaryStep, oracleStep, registryStep } from './tools.ts';
import { workbenchHash, workbenchStep } from './workbench.ts';

/** Where the parts lie that the programs run with; see docs/architecture.md. */
export interface Folders {
  readonly runtime: string;
  readonly workbench: string;
  readonly catalog: string;
  /** Absent when no page was asked for. */
  readonly app?: string;
}

export interface SetupParts {
  /** The server and its page; `slipway sandbox` does without. */
  readonly page: boolean;
  /** A browser, and a Docker daemon to compare with. */
  readonly tests: boolean;
}

/**
 * Everything that a machine needs to start, and every image that the lessons begin with. Quick when nothing changed.
 */
export async function setUp(context: SetupContext, parts: SetupParts): Promise<Folders> {
  const { project, data } = context;
  await makeDataFolder(data);
  await mkdir(join(data, 'log'), { recursive: true, mode: 0o700 });
  const folder = (name: string): string => join(data, name);
  return withSetupLock(context, async () => {
    await ensure(context, packagesStep(context, parts));
    if (parts.tests)
      await ensureAll(context, [oracleStep(context), registryStep(context), notaryStep(context)]);

    const engine = await bundleEngine(project);
    const runtime = await runtimeHash(project, engine);
    await ensure(context, runtimeStep(context, folder('runtime'), runtime, engine));
    const app = parts.page ? await setUpApp(context) : undefined;
    await ensureAll(context, smallImages(context, folder('catalog')));
    const workbench = await workbenchHash(project);
    // Both install packages into a folder, and mostly wait: side by side they take little more than one of them.
    await allOrFirstFailure([
      ensure(context, workbenchStep(context, folder('workbench'), workbench)),
      ensureAll(context, largeImages(context, folder('catalog'))),
    ]);

    return {
      runtime: await useFolder(folder('runtime'), runtime),
      workbench: await useFolder(folder('workbench'), workbench, await workbenchesInUse(data)),
      catalog: folder('catalog'),
      ...(app !== undefined && { app: await useFolder(folder('app'), app) }),
    };
  });
}

/** Machines go on with the workbench they began with: their disks lie over it. */
async function workbenchesInUse(data: string): Promise<ReadonlySet<string>> {
  const sessions = join(data, 'sessions');
  const ids = await readdir(sessions).catch(() => []);
  const records = await Promise.all(
    ids.map((id) => readFile(join(sessions, id, 'session.json'), 'utf8').catch(() => '{}')),
  );
  return new Set(
    records.map((record) => basename((JSON.parse(record) as { workbench?: string }).workbench ?? '')),
  );
}

async function setUpApp(context: SetupContext): Promise<string> {
  const { project, data } = context;
  const server = join(project, 'dist/server.mjs');
  await bundle({
    project,
    entry: 'server/main.ts',
    outfile: server,
    packages: { external: OPTIONAL_NATIVE },
  });
  const page = await pageHash(project);
  const pages = join(data, 'page');
  await ensure(context, pageStep(context, pages, page));
  const app = await appHash(project, server, page);
  await ensure(
    context,
    appStep(context, join(data, 'app'), app, { server, page: await useFolder(pages, page) }),
  );
  return app;
}

/** Addons of the `ws` package that it does without. */
const OPTIONAL_NATIVE = ['bufferutil', 'utf-8-validate'];

/** Returns the folder of the bundle. */
async function bundleEngine(project: string): Promise<string> {
  const folder = join(project, 'dist/engine');
  await bundle({
    project,
    entry: 'sandbox/engine/main.ts',
    outfile: join(folder, 'engine.mjs'),
    packages: { external: ['node-pty'] },
    parts: true,
  });
  return folder;
}

/** Waits for all, also when one fails: what is half-done must not go on unseen. Then throws the first failure. */
async function allOrFirstFailure(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function ensureAll(context: SetupContext, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await ensure(context, step);
}
