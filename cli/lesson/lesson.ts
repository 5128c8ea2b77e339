import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Command } from 'commander';

import { lessonJsonSchemas } from '../../lessons/schema.ts';
import { inOwnNamespaces, say } from '../lifetime.ts';
import { requireRoot } from '../requirements.ts';
import type { Settings } from '../settings.ts';
import type { SetupContext } from '../setup/context.ts';
import { importLesson } from './import/import.ts';
import { formatFinding, lint } from './lint/lint.ts';
import { newLesson } from './new.ts';
import { preview } from './preview.ts';
import { testLessons } from './test.ts';

export interface LessonCommands {
  /** Makes the command of this name, with the options of the service where it runs one. */
  readonly command: (name: string, description: string, service: boolean) => Command;
  readonly open: (given: Partial<Settings>) => { context: SetupContext; settings: Settings };
  /** The folder of the project’s own lessons. */
  readonly lessons: string;
  readonly interrupted: AbortController;
}

interface Flags {
  readonly folder: string;
}

/** `slipway lesson …`: what authors work with. docs/authoring.md tells of it. */
export function addLessonCommands({ command, open, lessons, interrupted }: LessonCommands): void {
  const add = (name: string, description: string, service = false): Command =>
    quiet(command(name, description, service)).option(
      '--folder <folder>',
      'where the lessons are',
      resolvePath,
      lessons,
    );

  add('new', 'make the folder of a new lesson, with a small example in it')
    .argument('<name>', 'the lesson’s address, such as first-image')
    .action(async (name: string, { folder }: Flags) => {
      say(
        `${join(await newLesson(folder, name), 'lesson.md')} is there. Next: npx slipway lesson preview ${name}`,
      );
    });
  add('lint', 'say all that is wrong with lessons, by file and line')
    .argument('[slugs...]', 'only these')
    .option('--strict', 'fail for warnings, too')
    .action(async (slugs: string[], { folder, strict }: Flags & { strict?: true }) => {
      process.exitCode = (await printLint(folder, slugs, strict === true)) ? 0 : 1;
    });
  add('test', 'take lessons as a learner does, on real machines, by their own solutions', true)
    .argument('[slugs...]', 'only these')
    .action(async (slugs: string[], { folder, ...given }: Flags & Partial<Settings>) => {
      requireRoot('make machines');
      await inOwnNamespaces(async () => {
        const { context, settings } = open({ ...given, port: 0 });
        const stop = (): void => interrupted.abort();
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
        process.exitCode = (await testLessons(context, settings, folder, slugs)) ? 0 : 1;
      });
    });
  add('preview', 'serve lessons, and read them again whenever a file is saved', true)
    .argument('[slug]', 'the one to show')
    .action(async (slug: string | undefined, { folder, ...given }: Flags & Partial<Settings>) => {
      requireRoot('make machines');
      await inOwnNamespaces(async () => {
        const { context, settings } = open(given);
        await preview(context, settings, { folder, slug }, interrupted);
      });
    });
  add('schema', 'print the format as JSON schemas, for editors').action(() => {
    say(JSON.stringify(lessonJsonSchemas(), null, 2));
  });
  add('import', 'turn a lesson of an older format into one of ours, as far as that goes')
    .argument('<source>', 'a folder with index.json, or a Markdown page')
    .action(async (source: string, { folder }: Flags) => {
      const imported = await importLesson(resolve(source));
      const made = await newLesson(folder, imported.slug);
      for (const [path, content] of imported.files) {
        await mkdir(join(made, path, '..'), { recursive: true });
        await writeFile(join(made, path), content);
      }
      say(`${join(made, 'lesson.md')} is made of ${source}.`);
      if (imported.left.length > 0) say('To be done by hand:');
      for (const { where, what } of imported.left) say(`  ${where}: ${what}`);
    });
}

/** What a service tells of its machines would hide what is told of the lessons. */
function quiet(command: Command): Command {
  const level = command.options.find((option) => option.attributeName() === 'logLevel');
  if (level) command.setOptionValueWithSource('logLevel', level.default('warning').defaultValue, 'default');
  return command;
}

const resolvePath = (path: string): string => resolve(path);

async function printLint(folder: string, slugs: readonly string[], strict: boolean): Promise<boolean> {
  const findings = await lint(folder, slugs);
  for (const finding of findings) say(formatFinding(finding));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  say(
    `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`,
  );
  return errors === 0 && (!strict || warnings === 0);
}
