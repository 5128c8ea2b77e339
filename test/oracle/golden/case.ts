import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { z } from 'zod';

const run = promisify(execFile);

/** What `case.json` may say of a case; a folder without one is built with `docker build .` by both engines. */
const description = z.strictObject({
  /** More arguments of `docker build`. */
  arguments: z.array(z.string()).default([]),
  /** Shell script that makes in the context what git cannot hold: modes, hard links, archives, empty folders. */
  prepare: z.string().default(''),
  /** Shell script with Docker commands, for each engine before the build. */
  before: z.string().default(''),
  /**
   * `buildkit`: the real daemon builds with BuildKit, because its older builder does not know the syntax. Configuration
   * and files are compared, but not the output, the history and the layers, which BuildKit makes by rules of its own.
   */
  like: z.enum(['classic', 'buildkit']).default('classic'),
  /** Builds once more with the cache, and compares that as well. */
  twice: z.boolean().default(false),
});

export type Description = z.infer<typeof description>;

export interface Case extends Description {
  readonly name: string;
  /**
   * The real daemon builds this file instead of `Dockerfile`: the same in an older syntax, where no daemon at hand knows
   * the newer one. Compared as with `buildkit`.
   */
  readonly classic?: string;
}

export function caseNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map((each) => each.name);
}

/** Copies the case's folder to `context`, with the modes it has under any umask. */
export async function prepareCase(folder: string, context: string): Promise<Case> {
  await cp(folder, context, { recursive: true, verbatimSymlinks: true });
  const file = path.join(context, 'case.json');
  const said = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as unknown) : {};
  const described = description.parse(said);
  await rm(file, { force: true });
  await run('sh', ['-ec', `umask 022; chmod -R u=rwX,go=rX .; ${described.prepare}`], { cwd: context });
  const classic = existsSync(path.join(context, 'Dockerfile.classic')) ? 'Dockerfile.classic' : undefined;
  return { name: path.basename(folder), ...described, ...(classic !== undefined && { classic }) };
}
