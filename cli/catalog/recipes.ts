import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

import { hashOf } from '../setup/folder.ts';
import { Failure } from '../failure.ts';

const ImageFile = z.strictObject({
  tags: z.array(z.string().regex(/^[\w][\w.-]{0,127}$/)).min(1),
  /** The official image that it stands on. */
  from: z.string(),
  summary: z.string(),
});

/** One folder of sandbox/catalog. */
export interface Recipe {
  readonly name: string;
  readonly folder: string;
  /** Full references, the first one without `latest` where there is another. */
  readonly references: readonly string[];
  readonly from: string;
  readonly summary: string;
  /** Changes with every file of the folder. */
  readonly hash: string;
}

/** All recipes, by name. */
export async function readRecipes(project: string): Promise<Recipe[]> {
  const base = join(project, 'sandbox/catalog');
  const entries = await readdir(base, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readRecipe(join(base, name), name)));
}

async function readRecipe(folder: string, name: string): Promise<Recipe> {
  const { tags, from, summary } = await readImageFile(join(folder, 'image.json'));
  const files = (await readdir(folder, { recursive: true })).sort();
  const parts = await Promise.all(files.map((file) => fingerprint(join(folder, file), file)));
  return {
    name,
    folder,
    references: tags.map((tag) => `docker.io/library/${name}:${tag}`),
    from,
    summary,
    hash: hashOf(...parts),
  };
}

async function readImageFile(file: string): Promise<z.infer<typeof ImageFile>> {
  try {
    return ImageFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new Failure(
      `${file} does not describe an image.`,
      'sandbox/catalog/README.md shows what belongs into it.',
      {
        cause: error,
      },
    );
  }
}

async function fingerprint(path: string, name: string): Promise<string> {
  const stats = await stat(path);
  if (!stats.isFile()) return name;
  return hashOf(name, String(stats.mode & 0o111), await readFile(path));
}
