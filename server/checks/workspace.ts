import { posix } from 'node:path';
import type { EngineView } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { wrongText } from './text.ts';

export const workspaceFile: Judge<'workspace-file'> = async (check, engine) => {
  const { path, present } = check;
  const text = await engine.readFile(path);
  if (!present)
    return text === undefined
      ? pass(`There is no \`${path}\`, as it should be.`)
      : fail(`There is \`${path}\`, where nothing should be. \`rm ${path}\` removes it.`);
  if (text === undefined) return fail(await missingFile(path, engine));
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
