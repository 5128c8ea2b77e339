import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

import { Failure } from '../../failure.ts';
import { importClassroom } from './classroom.ts';
import { importScenario } from './scenario.ts';
import type { Imported } from './written.ts';

/** Larger files are no text of a lesson. */
const FILE_MAX_BYTES = 1024 * 1024;
const FILES_MAX = 500;

/**
 * Turns a lesson of one of two older formats into ours: a folder with `index.json`, a Markdown file a step and scripts
 * that verify; or one Markdown page with `.termN` classes. Throws a `Failure` for anything else.
 */
export async function importLesson(source: string): Promise<Imported> {
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory() === true) {
    const files = await readFolder(source);
    if (files.has('index.json')) return importScenario(files, basename(source));
    const pages = [...files.keys()].filter((path) => path.endsWith('.md'));
    const [page] = pages;
    if (pages.length === 1 && page !== undefined) return importClassroom(files.get(page) ?? '', page);
    throw new Failure(
      `${source} has no index.json.`,
      'Name a folder that has one, or a single Markdown page.',
    );
  }
  if (found?.isFile() === true && source.endsWith('.md'))
    return importClassroom(await readFile(source, 'utf8'), basename(source));
  throw new Failure(`${source} is no lesson.`, 'Name a folder with an index.json, or a Markdown page.');
}

async function readFolder(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (paths.length > FILES_MAX)
    throw new Failure(`${folder} has ${paths.length} files.`, 'Name the folder of a single lesson.');
  const files = new Map<string, string>();
  for (const path of paths) {
    const { size } = await stat(path);
    if (size <= FILE_MAX_BYTES) files.set(relative(folder, path), await readFile(path, 'utf8'));
  }
  return files;
}
