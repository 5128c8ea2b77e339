import type { FileInImage } from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';
import { fail, pass, withImage } from './images.ts';
import type { CheckResult, Judge } from './judge.ts';
import { familiarName } from './names.ts';
import { wrongText } from './text.ts';

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

type Wanted = Parameters<typeof fileInImage>[0];

function inspect(check: Wanted, file: FileInImage, where: string): CheckResult {
  if (check.executable === true && (file.mode & ANY_EXECUTE) === 0) {
    return fail(
      `There is ${where}, but it may not be run: \`chmod +x ${check.path}\` in the container, then commit again.`,
    );
  }
  if (check.executable === false && (file.mode & ANY_EXECUTE) !== 0) {
    return fail(`There is ${where}, but it may be run, which it should not.`);
  }
  const content = contentOf(file);
  const wrong = wrongAttributes(check, file) ?? notToRead(check, file) ?? wrongText(check, content);
  return wrong === undefined ? pass(`Found ${where}.`) : fail(`There is ${where}, but ${wrong}`);
}

function wrongAttributes({ mode, owner, type, path }: Wanted, file: FileInImage): string | undefined {
  if (type !== undefined && type !== file.type)
    return `it is a ${TYPE_WORDS[file.type]}, not a ${TYPE_WORDS[type]}.`;
  if (mode !== undefined && Number.parseInt(mode, 8) !== file.mode)
    return `its mode is ${file.mode.toString(8)}, not ${mode.replace(/^0/, '')}. \`chmod ${mode} ${path}\` sets it.`;
  const found = `${file.uid}:${file.gid}`;
  if (owner !== undefined && owner !== found && owner !== String(file.uid))
    return `it belongs to ${found}, not to ${owner}. \`COPY --chown=${owner}\` or \`chown\` gives it to them.`;
  return undefined;
}

/** Folders have no text, and what is very large is not sent. */
function notToRead({ contains, matches }: Wanted, file: FileInImage): string | undefined {
  if (contains === undefined && matches === undefined) return undefined;
  if (file.type !== 'file') return `it is a ${TYPE_WORDS[file.type]}, with no text in it.`;
  return file.content === undefined && file.size > 0 ? 'it is too large to be looked into.' : undefined;
}

const TYPE_WORDS: Readonly<Record<FileInImage['type'], string>> = {
  file: 'file',
  directory: 'folder',
  symlink: 'symbolic link',
  other: 'special file',
};

export const fileInLayer: Judge<'file-in-layer'> = (check, engine) =>
  withImage(check.image, engine, async () => {
    const { image, path, layer, hidden, present } = check;
    const name = familiarName(image);
    const holding = await engine.fileLayers(image, path);
    const where = holding.flatMap((holds, index) => (holds ? [index] : []));
    if (hidden !== undefined) return judgeHidden(check, { holding: where.length > 0, name }, engine);
    if (layer === undefined) {
      if (present === where.length > 0)
        return pass(
          present ? `A layer of \`${name}\` has \`${path}\`.` : `No layer of \`${name}\` has \`${path}\`.`,
        );
      return fail(
        present
          ? `No layer of \`${name}\` has \`${path}\`.`
          : `\`${path}\` still lies in ${ordinal(where[0] ?? 0)} of \`${name}\`, also if a later layer deletes it. It must never get into a layer.`,
      );
    }
    const index = layer < 0 ? holding.length + layer : layer;
    const is = where.includes(index);
    if (is === present) return pass(`\`${path}\` is ${is ? '' : 'not '}in ${ordinal(index)} of \`${name}\`.`);
    const found = where.length === 0 ? 'no layer has it' : `it is in ${where.map(ordinal).join(' and ')}`;
    return fail(
      present
        ? `\`${path}\` is not in ${ordinal(index)} of \`${name}\`: ${found}.`
        : `\`${path}\` is in ${ordinal(index)} of \`${name}\`, where it should not be.`,
    );
  });

async function judgeHidden(
  { image, path, hidden }: Parameters<typeof fileInLayer>[0],
  { holding, name }: { readonly holding: boolean; readonly name: string },
  engine: EngineView,
): Promise<CheckResult> {
  const shown = (await engine.findFile(image, path)) !== undefined;
  if ((holding && !shown) === hidden) {
    return pass(
      hidden
        ? `\`${path}\` is hidden in \`${name}\`, and still in a layer below.`
        : `Nothing of \`${path}\` is hidden in \`${name}\`.`,
    );
  }
  if (!hidden)
    return fail(
      `\`${path}\` was deleted in \`${name}\`, but a layer below still has it: whoever gets the image gets the file.`,
    );
  return fail(
    shown
      ? `\`${path}\` is still to be seen in \`${name}\`: nothing hides it.`
      : `No layer of \`${name}\` has \`${path}\`.`,
  );
}

/** As people count layers: from 1, the base. */
function ordinal(index: number): string {
  return `layer ${index + 1}`;
}

function contentOf({ content }: FileInImage): string {
  return Buffer.from(content ?? '', 'base64').toString('utf8');
}
