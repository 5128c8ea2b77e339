import { posix } from 'node:path';
import type { EngineView } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { wrongText } from './text.ts';

export const workspaceFile: Judge<'workspace-file'> = async (check, engine) => {
  const { path, present, contains, matches, lacks } = check;
  const text = await engine.readFile(path);
  const type = text === undefined ? await engine.findEntry(path) : 'file';
  if (!present) {
    if (type === undefined) return pass(`There is no \`${path}\`, as it should be.`);
    const remove = type === 'folder' ? 'rm -r' : 'rm';
    return fail(`There is \`${path}\`, where nothing should be. \`${remove} ${path}\` removes it.`);
  }
  if (type === undefined) return fail(await missingFile(path, engine));
  if (type !== 'file')
    return fail(
      `\`${path}\` is ${type === 'folder' ? 'a folder' : 'no plain file'}; the task asks for a file.`,
    );
  if (text === undefined) {
    // Its content is not asked for.
    if ([contains, matches, lacks].every((asked) => asked === undefined)) return pass(`Found \`${path}\`.`);
    return fail(`There is \`${path}\`, but it is too large to be looked into, or may not be read.`);
  }
  const wrong = wrongText(check, text);
  return wrong === undefined ? pass(`Found \`${path}\`.`) : fail(`There is \`${path}\`, but ${wrong}`);
};

/** Where files of this name lie by mistake. */
const SLIPS: readonly ((path: string) => string)[] = [
  (path) => `~/${posix.basename(path)}`,
  (path) => path.replace(/[^/]*$/, (name) => name.toLowerCase()),
  (path) => `${path}.txt`,
  (path) => path.replace(/[^/]*$/, (name) => name.charAt(0).toUpperCase() + name.slice(1)),
];

/** Why there is no such file: it lies elsewhere, or under a name that differs a little. */
export async function missingFile(path: string, engine: EngineView): Promise<string> {
  for (const other of new Set(SLIPS.map((slip) => slip(path)))) {
    if (other !== path && (await engine.readFile(other)) !== undefined)
      return `There is \`${other}\`, but not \`${path}\`. \`mv ${other} ${path}\` puts it there.`;
  }
  return `There is no file \`${path}\` yet.`;
}
