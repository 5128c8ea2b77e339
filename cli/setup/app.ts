import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../command.ts';
import type { SetupContext, Step } from './context.ts';
import { exists, hashOf, makeFolder } from './folder.ts';

/** What the unprivileged web server reads: itself as one file, the built page and the lessons. It may not see the clone. */

const PAGE_SOURCES = ['web', 'server/protocol.ts', 'lessons/schema.ts', 'package-lock.json'];

/** Hash of all that the page is built from. */
export async function pageHash(project: string): Promise<string> {
  const files = await Promise.all(PAGE_SOURCES.map((path) => listFiles(project, path)));
  return hashFiles(project, files.flat());
}

export async function appHash(project: string, server: string, page: string): Promise<string> {
  const lessons = await hashFiles(project, await listFiles(project, 'lessons'));
  return hashOf('2', await readFile(server), page, lessons);
}

/** Builds the page into `page/<hash>` of `base`. */
export function pageStep(context: SetupContext, base: string, hash: string): Step {
  return {
    title: 'Page',
    isDone: () => exists(join(base, hash)),
    run: (task) => {
      task.detail('building');
      return makeFolder(base, hash, async (folder) => {
        const vite = join(context.project, 'node_modules/vite/bin/vite.js');
        await run(
          process.execPath,
          [
            vite,
            'build',
            '--config',
            'web/vite.config.ts',
            '--outDir',
            folder,
            '--emptyOutDir',
            '--logLevel',
            'warn',
          ],
          { cwd: context.project, log: context.log, signal: context.signal },
        );
      });
    },
  };
}

export function appStep(
  context: SetupContext,
  base: string,
  hash: string,
  parts: { server: string; page: string },
): Step {
  return {
    title: 'Server',
    isDone: () => exists(join(base, hash)),
    run: () =>
      makeFolder(base, hash, async (folder) => {
        await cp(parts.server, join(folder, 'server.mjs'));
        await cp(parts.page, join(folder, 'web'), { recursive: true });
        await copyDatabaseAddon(context.project, folder);
        await cp(join(context.project, 'lessons'), join(folder, 'lessons'), {
          recursive: true,
          filter: (source) => !source.endsWith('.ts'),
        });
        // Whoever cloned the project may have a strict umask: the server's user must read all of this.
        await run('chmod', ['-R', 'a+rX,go-w', folder]);
      }),
  };
}

/** libsql's JavaScript is in the bundle; the program itself, which it loads by name, has to lie beside it. */
async function copyDatabaseAddon(project: string, folder: string): Promise<void> {
  const packages = 'node_modules/@libsql';
  for (const name of await readdir(join(project, packages)))
    if (name.startsWith(`linux-${process.arch}-`))
      await cp(join(project, packages, name), join(folder, packages, name), { recursive: true });
}

async function listFiles(project: string, path: string): Promise<string[]> {
  const entries = await readdir(join(project, path), { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .sort();
}

async function hashFiles(project: string, files: readonly string[]): Promise<string> {
  const contents = await Promise.all(files.map((file) => readFile(join(project, file))));
  return hashOf(...files.flatMap((file, index) => [file, contents[index] ?? '']));
}
