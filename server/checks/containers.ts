import { posix } from 'node:path';
import type { ContainerDetail, ContainerSummary } from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { familiarName, isSlipOf, quoted, shortId } from './names.ts';

/** Containers looked into when no name is given, newest first. */
const LOOK_INTO_MAX = 30;

type Wanted = Parameters<typeof containerExists>[0];

export const containerExists: Judge<'container-exists'> = async (check, engine) => {
  const found = check.name === undefined ? await newest(engine) : [await engine.findContainer(check.name)];
  const containers = found
    .filter((container) => container !== undefined)
    .filter(({ Name }) => isNamed(Name, check.name));
  if (containers.length === 0) return fail(await missingContainer(check, engine));
  const judged = await Promise.all(containers.map((container) => firstDifference(check, container, engine)));
  // The nearest is the one that differs last, in the order of what is looked at.
  const [best] = judged.sort((one, other) => other.agreed - one.agreed);
  if (best?.wrong !== undefined) return fail(best.wrong);
  const right = judged.filter(({ wrong }) => wrong === undefined).length;
  if (right < (check.atLeast ?? 1)) return fail(tooFew(check, right));
  const from = check.image === undefined ? '' : ` from \`${familiarName(check.image)}\``;
  return pass(`Found the container ${nameOf(best?.container)}${from}.`);
};

export const containerAbsent: Judge<'container-absent'> = async ({ name }, engine) => {
  const container = await engine.findContainer(name);
  if (!container || !isNamed(container.Name, name))
    return pass(`There is no container \`${name}\` any more.`);
  const force = container.State.Running ? ' -f' : '';
  return fail(`The container \`${name}\` is still there. \`docker rm${force} ${name}\` removes it.`);
};

const KINDS = { changed: 0, added: 1, deleted: 2 } as const;
const KIND_WORDS = ['changed', 'added', 'deleted'];

export const containerChanged: Judge<'container-changed'> = async ({ name, path, change }, engine) => {
  const container = await engine.findContainer(name);
  if (!container || !isNamed(container.Name, name)) return fail(await missingContainer({ name }, engine));
  const changes = await engine.changes(container.Id);
  const found = changes.find(({ Path }) => Path === path);
  if (found?.Kind === KINDS[change]) return pass(`\`${path}\` is ${change} in \`${name}\`.`);
  if (found) {
    const kind = KIND_WORDS[found.Kind] ?? 'different';
    return fail(`\`${path}\` is ${kind} in \`${name}\`; the task asks for it to be ${change}.`);
  }
  const elsewhere = changes.find(
    ({ Path, Kind }) => posix.basename(Path) === posix.basename(path) && Kind === KINDS[change],
  );
  if (elsewhere)
    return fail(`In \`${name}\`, ${quoted(elsewhere.Path)} is ${change}; the task asks for \`${path}\`.`);
  const other = await changedElsewhere({ name, path, change }, engine);
  if (other !== undefined) {
    return fail(
      `\`${path}\` is ${change}, but in the container ${quoted(other)}, not in \`${name}\`. Each container has changes of its own.`,
    );
  }
  return fail(`\`${path}\` is not ${change} in \`${name}\` yet. \`docker diff ${name}\` shows what is.`);
};

async function changedElsewhere(
  { name, path, change }: { name: string; path: string; change: keyof typeof KINDS },
  engine: EngineView,
): Promise<string | undefined> {
  const others = (await engine.containers())
    .filter((container) => plainName(container) !== name)
    .slice(0, LOOK_INTO_MAX);
  for (const other of others) {
    const changes = await engine.changes(other.Id).catch(() => []);
    if (changes.some(({ Path, Kind }) => Path === path && Kind === KINDS[change])) return plainName(other);
  }
  return undefined;
}

async function newest(engine: EngineView): Promise<(ContainerDetail | undefined)[]> {
  const containers = await engine.containers();
  return Promise.all(containers.slice(0, LOOK_INTO_MAX).map(({ Id }) => engine.findContainer(Id)));
}

interface Difference {
  readonly container: ContainerDetail;
  /** How many conditions hold before the first that does not. */
  readonly agreed: number;
  /** That first one, as a sentence. */
  readonly wrong: string | undefined;
}

async function firstDifference(
  wanted: Wanted,
  container: ContainerDetail,
  engine: EngineView,
): Promise<Difference> {
  const rightImage = wanted.image === undefined || (await usesImage(container, wanted.image, engine));
  const conditions = [
    rightImage ? undefined : wrongImage(wanted, container),
    wrongCommand(wanted, container),
    wrongStart(wanted, container),
    wrongInput(wanted, container),
    wrongState(wanted, container),
    wrongExit(wanted, container),
  ];
  const first = conditions.findIndex((wrong) => wrong !== undefined);
  return { container, agreed: first === -1 ? conditions.length : first, wrong: conditions[first] };
}

function tooFew({ image, state, atLeast = 1 }: Wanted, has: number): string {
  const from = image === undefined ? '' : ` from \`${familiarName(image)}\``;
  const such = `${state === undefined ? '' : `${state} `}container`;
  const found = has === 1 ? `is one ${such}` : `are ${has} ${such}s`;
  return `There ${found}${from}; the task asks for ${atLeast}. \`docker ps -a\` shows all of them.`;
}

function wrongImage({ name, image = '', command }: Wanted, container: ContainerDetail): string {
  const wanted = familiarName(image);
  if (name === undefined) {
    const start = [image, command].filter((word) => word !== undefined).join(' ');
    return `There is no container from \`${wanted}\` yet. \`docker run ${start}\` starts one.`;
  }
  return `\`${name}\` was made from ${quoted(container.Config.Image ?? '?')}, not from \`${wanted}\`. Remove it with \`docker rm -f ${name}\`, and start a new one.`;
}

function wrongCommand({ name, image, command }: Wanted, container: ContainerDetail): string | undefined {
  if (command === undefined || commandWords(container).includes(command)) return undefined;
  const line = quoted([container.Path, ...container.Args].join(' '));
  if (name !== undefined) return `\`${name}\` was started with ${line}, not with \`${command}\`.`;
  const which = image === undefined ? 'No container' : `No container from \`${familiarName(image)}\``;
  return `${which} was started with \`${command}\` yet; the newest runs ${line}.`;
}

function wrongStart({ started }: Wanted, container: ContainerDetail): string | undefined {
  if (started === undefined || hasStarted(container) === started) return undefined;
  const name = nameOf(container);
  return started
    ? `${name} was made, but it has never run. \`docker start -ai\` with its name starts it.`
    : `${name} has run already.`;
}

function wrongInput({ interactive }: Wanted, container: ContainerDetail): string | undefined {
  const { OpenStdin, Tty } = container.Config;
  if (interactive !== true || (OpenStdin === true && Tty === true)) return undefined;
  const missing = OpenStdin === true ? '-t' : Tty === true ? '-i' : '-it';
  const name = nameOf(container);
  return `${name} was started without \`${missing}\`, so nobody can type into it. Remove it with \`docker rm -f\` and its name, and start it again with \`-it\`.`;
}

function wrongState({ state }: Wanted, container: ContainerDetail): string | undefined {
  if (state === undefined || container.State.Status === state) return undefined;
  return `${nameOf(container)} is ${quoted(container.State.Status)}, not \`${state}\`. \`docker ps -a\` shows the state of each.`;
}

function wrongExit({ exitCode }: Wanted, container: ContainerDetail): string | undefined {
  const { Running, ExitCode } = container.State;
  if (exitCode === undefined) return undefined;
  const name = nameOf(container);
  if (Running) return `${name} is still running.`;
  if (ExitCode === exitCode) return undefined;
  const why = EXIT_MEANINGS[ExitCode] ?? '';
  return `${name} ended with code ${ExitCode}${why}, not with ${exitCode}. \`docker logs\` shows what it said.`;
}

/** Go's zero time, in the year 1, stands for never. */
function hasStarted({ State }: ContainerDetail): boolean {
  return !(State.StartedAt ?? '0001').startsWith('0001');
}

const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  126: ' (the program may not be run)',
  127: ' (the program was not found)',
  130: ' (ended by Ctrl+C)',
  137: ' (killed)',
  143: ' (asked to end)',
};

function commandWords({ Path, Args }: ContainerDetail): string[] {
  const words = [Path, ...Args].flatMap((part) => part.split(/\s+/));
  return words.flatMap((word) => [word, posix.basename(word)]);
}

async function usesImage(
  container: ContainerDetail,
  reference: string,
  engine: EngineView,
): Promise<boolean> {
  if (familiarName(container.Config.Image ?? '') === familiarName(reference)) return true;
  return (await engine.findImage(reference))?.Id === container.Image;
}

/** Why there is no such container: another name, or none at all. */
export async function missingContainer(
  { name, image }: Partial<Wanted>,
  engine: EngineView,
): Promise<string> {
  const containers = await engine.containers();
  if (name === undefined || containers.length === 0) {
    return 'There is no container yet. `docker ps -a` shows all of them, running or not.';
  }
  const others = containers.filter((one) => plainName(one) !== '' && !engine.isExpected(plainName(one)));
  const slip = others.find((container) => isSlipOf(plainName(container), name));
  const alike =
    slip ??
    others.find((container) => image !== undefined && familiarName(container.Image) === familiarName(image));
  if (!alike)
    return `There is no container \`${name}\` yet. \`docker ps -a\` shows all of them, running or not.`;
  const other = plainName(alike);
  return `There is a container ${quoted(other)} from ${quoted(alike.Image)}, but none with the name \`${name}\`. \`docker rename ${other} ${name}\` gives it this name.`;
}

export function isNamed(fullName: string, name: string | undefined): boolean {
  return name === undefined || fullName.replace(/^\//, '') === name;
}

function plainName({ Names }: ContainerSummary): string {
  return (Names[0] ?? '').replace(/^\//, '');
}

function nameOf(container: Pick<ContainerDetail, 'Name' | 'Id'> | undefined): string {
  const name = (container?.Name ?? '').replace(/^\//, '');
  return quoted(name === '' ? shortId(container?.Id ?? '') : name);
}
