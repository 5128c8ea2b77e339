import { copyFile, cp, link, mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { run } from '../command.ts';
import { Failure, hasCode, messageOf } from '../failure.ts';
import { unpackBusybox } from './catalog.ts';
import type { SetupContext, Step } from './context.ts';
import { exists, hashOf, makeFolder } from './folder.ts';

/** What runs a session: Node, the engine's bundle, node-pty with its addon, and a static busybox for the boot. */

const VERSION = '1';

/** The hash in the folder's name: of the engine's bundle, of Node's binary and of the package-lock (node-pty). */
export async function runtimeHash(project: string, engine: string): Promise<string> {
  const { size, mtimeMs } = await stat(await realpath(process.execPath));
  const lock = await readFile(join(project, 'package-lock.json'));
  const parts = await Promise.all((await partsOf(engine)).map((name) => readFile(join(engine, name))));
  return hashOf(VERSION, ...parts, `${process.version} ${size} ${mtimeMs}`, lock);
}

export function runtimeStep(context: SetupContext, base: string, hash: string, engine: string): Step {
  return {
    title: 'Session runtime',
    isDone: () => exists(join(base, hash)),
    run: (task) =>
      makeFolder(base, hash, async (folder) => {
        await mkdir(join(folder, 'bin'));
        for (const name of await partsOf(engine)) await copyFile(join(engine, name), join(folder, name));
        await placeNode(context, join(folder, 'bin/node'), task);
        await placeBusybox(context, base, join(folder, 'bin/busybox'));
        await placePty(context.project, folder);
        await proveThatItRuns(folder);
      }),
  };
}

async function partsOf(engine: string): Promise<string[]> {
  return (await readdir(engine)).filter((name) => name.endsWith('.mjs')).sort();
}

/** The newest C library symbols that the workbench's Debian has (glibc 2.36, libstdc++ of gcc 12). */
const GLIBC_MINOR = 36;
const PLAIN_LIBRARIES = /^(linux-vdso|ld-linux-|lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+|atomic)\.so)/;

/** The host's own Node when it runs on another Debian too; else an official build out of a package of npm's registry. */
async function placeNode(
  context: SetupContext,
  path: string,
  task: Parameters<Step['run']>[0],
): Promise<void> {
  const own = await realpath(process.execPath);
  if (await isPortable(own)) {
    // A link shares the host's page cache with every session.
    await link(own, path).catch(() => copyFile(own, path));
    return;
  }
  task.detail('fetching a build of Node that runs in Debian');
  const packageName = `node-linux-${process.arch}`;
  const folder = `${path}.package`;
  await mkdir(folder);
  try {
    await run(
      'npm',
      [
        'install',
        '--prefix',
        folder,
        '--no-save',
        '--ignore-scripts',
        `${packageName}@${process.versions.node}`,
      ],
      {
        log: context.log,
        signal: context.signal,
      },
    );
    await copyFile(join(folder, 'node_modules', packageName, 'bin/node'), path);
  } catch (error) {
    throw new Failure(
      `The Node of this host needs libraries that a session does not have, and the npm package ${packageName} could not be fetched.`,
      'Run Slipway with an official build of Node 20 or newer, or check that npm reaches its registry.',
      { cause: error },
    );
  } finally {
    await run('rm', ['-rf', folder]);
  }
}

async function isPortable(binary: string): Promise<boolean> {
  const libraries = (await run('ldd', [binary])).trim().split('\n');
  const names = libraries.map((line) => (line.trim().split(/\s/)[0] ?? '').replace(/^.*\//, ''));
  if (!names.every((name) => PLAIN_LIBRARIES.test(name))) return false;
  const versions = (await readFile(binary)).toString('latin1').matchAll(/\0GLIBC_2\.(\d+)(?=[.\0])/g);
  return [...versions].every(([, minor]) => Number(minor) <= GLIBC_MINOR);
}

async function placeBusybox(context: SetupContext, base: string, path: string): Promise<void> {
  const previous = join(base, 'current/bin/busybox');
  if (await exists(previous)) await copyFile(previous, path);
  else await unpackBusybox(context, path);
}

/**
 * The engine uses node-pty's addon. It is compiled where npm may run scripts and finds a compiler; else the prebuilt
 * one is taken that @lydell/node-pty brings for each platform.
 */
async function placePty(project: string, folder: string): Promise<void> {
  const require = createRequire(join(project, 'package.json'));
  const built = packageFolder(require, 'node-pty');
  if (built !== undefined && loads(require, 'node-pty')) {
    const target = join(folder, 'node_modules/node-pty');
    await copyPackage(built, target, ['package.json', 'LICENSE', 'lib', 'build/Release/pty.node']);
    return;
  }
  const name = `@lydell/node-pty-linux-${process.arch}`;
  const prebuilt = packageFolder(require, name);
  if (prebuilt === undefined)
    throw new Failure(
      'npm has installed neither node-pty nor its prebuilt stand-in.',
      'Run npm ci in the project’s folder without --omit=optional, and look at what it says about node-pty.',
    );
  await cp(prebuilt, join(folder, 'node_modules', name), { recursive: true });
}

function packageFolder(require: NodeJS.Require, name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch (error) {
    if (hasCode(error, 'MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

function loads(require: NodeJS.Require, name: string): boolean {
  try {
    require(name);
    return true;
  } catch {
    return false;
  }
}

async function copyPackage(from: string, to: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await cp(join(from, path), join(to, path), {
      recursive: true,
      filter: (source) => !/\.(map|test\.js)$/.test(source),
    });
  }
}

/** By what the engine calls: the addon's own function. */
const PROBE = `
  const load = () => {
    try { return require('node-pty').native; }
    catch { return require('@lydell/node-pty-linux-' + process.arch + '/pty.node'); }
  };
  if (typeof load().fork !== 'function') process.exit(3);`;

async function proveThatItRuns(folder: string): Promise<void> {
  try {
    await run(join(folder, 'bin/node'), ['--eval', PROBE], { cwd: folder });
  } catch (error) {
    throw new Error(`The session runtime does not start: ${messageOf(error)}`, { cause: error });
  }
}
