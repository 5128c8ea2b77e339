import type { FileInImage } from '../engine/schemas.ts';
import { fail, pass, withImage } from './images.ts';
import type { CheckResult, Judge } from './judge.ts';
import { familiarName, quoted } from './names.ts';

const ANY_EXECUTE = 0o111;

export const fileInImage: Judge<'file-in-image'> = (check, engine) =>
  withImage(check.image, engine, async () => {
    const file = await engine.findFile(check.image, check.path);
    const where = `\`${check.path}\` in \`${familiarName(check.image)}\``;
    if (!check.present) {
      return file
        ? fail(`There is ${where}, where nothing should be.`)
        : pass(`There is no ${where}, as it should be.`);
    }
    if (!file) {
      return fail(
        `There is no ${where}. Was it made before the commit, in the container that you committed? \`docker diff\` tells.`,
      );
    }
    return inspect(check, file, where);
  });

function inspect(check: Parameters<typeof fileInImage>[0], file: FileInImage, where: string): CheckResult {
  if (check.executable === true && (file.mode & ANY_EXECUTE) === 0) {
    return fail(
      `There is ${where}, but it may not be run: \`chmod +x ${check.path}\` in the container, then commit again.`,
    );
  }
  if (check.executable === false && (file.mode & ANY_EXECUTE) !== 0) {
    return fail(`There is ${where}, but it may be run, which it should not.`);
  }
  if (check.contains !== undefined && !contentOf(file).includes(check.contains)) {
    return fail(`There is ${where}, but ${quoted(check.contains)} does not stand in it.`);
  }
  return pass(`Found ${where}.`);
}

function contentOf({ content }: FileInImage): string {
  return Buffer.from(content ?? '', 'base64').toString('utf8');
}
