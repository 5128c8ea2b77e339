import type { DOCKERFILE_RULES } from '../../lessons/file-checks.ts';
import { compileIgnore, readIgnoreFile } from '../../sandbox/dockerfile/ignore.ts';
import type { Command, Dockerfile, Instruction, Stage } from '../../sandbox/dockerfile/model.ts';
import { parseDockerfile } from '../../sandbox/dockerfile/parse.ts';
import { fail, pass, withImage } from './images.ts';
import type { Judge } from './judge.ts';
import { familiarName, quoted } from './names.ts';
import { missingFile } from './workspace.ts';

type Rule = (typeof DOCKERFILE_RULES)[number];

interface Subject {
  readonly file: Dockerfile;
  /** What lies beside it as `.dockerignore`, if it does. */
  readonly ignore: string | undefined;
}

/** What breaks a rule, and the way out; undefined when it is kept. The compiler holds the table complete. */
const RULES: Readonly<Record<Rule, (subject: Subject) => string | undefined>> = {
  'multi-stage': ({ file }) => {
    if (file.stages.length < 2) return 'it has one stage: begin a second one with another `FROM`';
    const copies = final(file).instructions.some((one) => one.kind === 'copy' && one.from !== undefined);
    return copies ? undefined : 'its last stage takes nothing from an earlier one: `COPY --from=…` does';
  },
  'no-latest': ({ file }) => {
    const stage = bases(file).find(
      ({ base }) => !base.includes('@') && /^[^:]*$|:latest$/.test(lastPart(base)),
    );
    return (
      stage &&
      `line ${stage.lines.start} begins from ${quoted(stage.base)}, whatever that will be next month: name a version`
    );
  },
  'pinned-by-digest': ({ file }) => {
    const stage = bases(file).find(({ base }) => !/@sha256:[0-9a-f]{64}$/.test(base));
    return (
      stage &&
      `line ${stage.lines.start} begins from ${quoted(stage.base)}: add \`@sha256:…\`, as \`docker images --digests\` shows it`
    );
  },
  'non-root': ({ file }) => {
    const user = [...final(file).instructions].reverse().find((one) => one.kind === 'user');
    if (!user) return 'nothing in its last stage says `USER`, so its containers run as root';
    return /^(?:root|0)(?::|$)/.test(user.user)
      ? `line ${user.lines.start} makes its containers run as root`
      : undefined;
  },
  'exec-form': ({ file }) => {
    const shell = final(file).instructions.find(
      (one) => (one.kind === 'cmd' || one.kind === 'entrypoint') && one.command.form === 'shell',
    );
    return (
      shell &&
      `line ${shell.lines.start} goes through a shell, which gets the signals in the program's place: write it as a list, \`["…"]\``
    );
  },
  'apt-cleaned': ({ file }) => {
    const run = everything(file).find((one) => {
      const line = commandLine(one);
      return /apt-get\s+(?:-\S+\s+)*install|apt\s+install/.test(line) && !line.includes('/var/lib/apt/lists');
    });
    return (
      run &&
      `line ${run.lines.start} leaves the package lists in its layer: end it with \`&& rm -rf /var/lib/apt/lists/*\``
    );
  },
  'no-add': ({ file }) => {
    const add = everything(file).find(({ kind }) => kind === 'add');
    return add && `line ${add.lines.start} uses \`ADD\` where \`COPY\` says what is meant`;
  },
  'no-secret': ({ file }) => {
    const told = everything(file).find((one) => secretNames(one).length > 0);
    return (
      told &&
      `line ${told.lines.start} writes a secret (${quoted(secretNames(told)[0] ?? '')}) into the image, where everybody who has it can read it`
    );
  },
  'dependencies-first': ({ file }) => {
    const all = final(file).instructions;
    const whole = all.findIndex(
      (one) =>
        one.kind === 'copy' &&
        one.from === undefined &&
        one.sources.some((source) => /^\.?\/?$/.test(source)),
    );
    const install = all.findIndex((one) =>
      /\b(?:pip3? install|npm (?:ci|install|i)\b|go mod download|apt-get\b.*install|bundle install|cargo fetch)/.test(
        commandLine(one),
      ),
    );
    if (whole === -1 || install === -1 || install < whole) return undefined;
    return `line ${all[whole]?.lines.start ?? 0} copies everything before line ${all[install]?.lines.start ?? 0} installs: every change of a file installs anew. Copy the list of what is needed first`;
  },
  'has-dockerignore': ({ ignore }) =>
    ignore === undefined || readIgnoreFile(ignore).length === 0
      ? 'there is no `.dockerignore` beside it, so everything there is sent along'
      : undefined,
};

export const dockerfile: Judge<'dockerfile'> = async ({ path, rules, has, ignores }, engine) => {
  const text = await engine.readFile(path);
  if (text === undefined) return fail(await missingFile(path, engine));
  const file = parse(text);
  if (typeof file === 'string')
    return fail(`\`${path}\` is there, but Docker does not understand it: ${quoted(file)}.`);
  const beside = path.replace(/[^/]*$/, '.dockerignore');
  const ignore =
    rules.includes('has-dockerignore') || ignores.length > 0 ? await engine.readFile(beside) : undefined;
  const absent = has.find((line) => !instructionsOf(file).some((written) => sameInstruction(written, line)));
  if (absent !== undefined) return fail(missingInstruction(path, absent, instructionsOf(file)));
  for (const rule of rules) {
    const broken = RULES[rule]({ file, ignore });
    if (broken !== undefined) return fail(`\`${path}\` is there, but ${broken}.`);
  }
  const sent = ignores.find((one) => !isIgnored(ignore, one));
  if (sent !== undefined)
    return fail(`${quoted(sent)} is sent along with every build: a line in \`${beside}\` leaves it out.`);
  return pass(`\`${path}\` is as asked.`);
};

export const builtFrom: Judge<'built-from'> = ({ image, dockerfile: path }, engine) =>
  withImage(image, engine, async (found) => {
    const text = await engine.readFile(path);
    if (text === undefined) return fail(await missingFile(path, engine));
    const file = parse(text);
    if (typeof file === 'string')
      return fail(`\`${path}\` is there, but Docker does not understand it: ${quoted(file)}.`);
    const base = file.stages.at(-1)?.base ?? '';
    const below = IMAGE.test(base) ? (await engine.findImage(base))?.RootFS.Layers : undefined;
    if (below?.some((layer, index) => found.RootFS.Layers[index] !== layer))
      return fail(
        `\`${familiarName(image)}\` does not stand on ${quoted(base)}, as \`${path}\` says. Build it again.`,
      );
    const steps = (await engine.history(image)).map(({ CreatedBy }) => CreatedBy);
    const name = familiarName(image);
    // The newest step first, as history has it.
    const wanted = final(file)
      .instructions.filter(({ kind }) => kind !== 'arg')
      .reverse();
    const wrong = wanted.find((one, index) => !madeBy(steps[index] ?? '', one));
    return wrong === undefined
      ? pass(`\`${name}\` was built from \`${path}\`.`)
      : fail(
          `\`${name}\` was not built from \`${path}\` as it is now: line ${wrong.lines.start}, ${quoted(wrong.original)}, is not in its history. Build it again.`,
        );
  });

/** The name of an image, and no variable. */
const IMAGE = /^[a-z0-9][\w./:@-]*$/;

function parse(text: string): Dockerfile | string {
  try {
    return parseDockerfile(text);
  } catch (error) {
    return error instanceof Error ? error.message : 'no Dockerfile';
  }
}

function final(file: Dockerfile): Pick<Stage, 'instructions'> {
  return file.stages.at(-1) ?? { instructions: [] };
}

function everything({ stages }: Dockerfile): Instruction[] {
  return stages.flatMap(({ instructions }) => instructions);
}

/** Stages that begin from an image, not from an earlier stage or from nothing. */
function bases({ stages }: Dockerfile): Stage[] {
  const names = stages.map(({ name }) => name);
  return stages.filter(({ base }) => base !== 'scratch' && !names.includes(base.toLowerCase()));
}

function lastPart(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function commandLine(one: Instruction): string {
  return one.kind === 'run' ? lineOf(one.command) : '';
}

function lineOf(command: Command): string {
  return command.form === 'shell' ? command.line : command.argv.join(' ');
}

const SECRET = /pass(?:word|wd)?$|secret|token$|api_?key$|private_?key|credential/i;

function secretNames(one: Instruction): string[] {
  const pairs: readonly { readonly key: string; readonly value?: string }[] =
    one.kind === 'env' || one.kind === 'label' ? one.pairs : one.kind === 'arg' ? one.args : [];
  return pairs
    .filter(({ key, value }) => SECRET.test(key) && value !== undefined && value !== '')
    .map(({ key }) => key);
}

/** Every instruction as it is written, with those that begin stages. */
function instructionsOf({ stages, metaArgs }: Dockerfile): string[] {
  return [
    ...metaArgs.map(({ original }) => original),
    ...stages.flatMap(({ original, instructions }) => [original, ...instructions.map((one) => one.original)]),
  ];
}

function sameInstruction(written: string, wanted: string): boolean {
  return normal(written) === normal(wanted);
}

function normal(instruction: string): string {
  const [first = '', ...rest] = instruction.trim().split(/\s+/);
  return [first.toUpperCase(), ...rest].join(' ').replace(/\s*([[\],])\s*/g, '$1');
}

function missingInstruction(path: string, wanted: string, written: readonly string[]): string {
  const word = wanted.trim().split(/\s+/, 1)[0]?.toUpperCase() ?? '';
  const near = written.find((line) => line.trim().split(/\s+/, 1)[0]?.toUpperCase() === word);
  const found = near === undefined ? `no \`${word}\`` : quoted(near);
  return `\`${path}\` is there, but it has ${found} where the task asks for ${quoted(wanted)}.`;
}

function isIgnored(ignore: string | undefined, path: string): boolean {
  if (ignore === undefined) return false;
  try {
    return compileIgnore(readIgnoreFile(ignore))(path);
  } catch {
    return false;
  }
}

/** Whether a step of a history is what an instruction makes: its word, and for a command its text. */
function madeBy(createdBy: string, one: Instruction): boolean {
  if (one.kind === 'run') return squeezed(createdBy).includes(squeezed(lineOf(one.command)));
  return createdBy.includes(`#(nop) `)
    ? new RegExp(`#\\(nop\\)\\s+${one.kind}\\b`, 'i').test(createdBy)
    : new RegExp(`^${one.kind}\\b`, 'i').test(createdBy);
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
