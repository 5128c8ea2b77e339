import { posix } from 'node:path';
import type { ContainerDetail, ContainerSummary } from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { familiarName, isSlipOf, quoted } from './names.ts';

/** Containers looked into when no name is given, newest first. */
const LOOK_INTO_MAX = 30;

type Wanted = Parameters<typeof containerExists>[0];

export const containerExists: Judge<'container-exists'> = async (check, engine) => {
  const found = check.name === undefined ? await newest(engine) : [await engine.findContainer(check.name)];
  const containers = found
    .filter((container) => container !== undefined)
    .filter(({ Name }) => isNamed(Name, check.name));
  if (containers.length === 0) return fail(await missingContainer(check, engine));
  const judged = await Promise.all(containers.map((container) => differences(check, container, engine)));
  const best = judged.sort((one, other) => one.wrong.length - other.wrong.length)[0];
  const [wrong] = best?.wrong ?? [];
  if (wrong !== undefined) return fail(wrong);
  return pass(
    `Found the container ${nameOf(best?.container)}${check.image ? ` from \`${familiarName(check.image)}\`` : ''}.`,
  );
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

/** What is not as asked, weightiest first, as sentences. */
async function differences(
  wanted: Wanted,
  container: ContainerDetail,
  engine: EngineView,
): Promise<{ container: ContainerDetail; wrong: string[] }> {
  const name = nameOf(container);
  const wrong: string[] = [];
  if (wanted.image !== undefined && !(await usesImage(container, wanted.image, engine))) {
    const again =
      wanted.name === undefined
        ? ''
        : ` Remove it with \`docker rm -f ${wanted.name}\`, and start a new one.`;
    wrong.push(
      `${name} was made from ${quoted(container.Config.Image ?? '?')}, not from \`${familiarName(wanted.image)}\`.${again}`,
    );
  }
  if (wanted.command !== undefined && !commandWords(container).includes(wanted.command)) {
    wrong.push(
      `${name} was started with ${quoted([container.Path, ...container.Args].join(' '))}, not with \`${wanted.command}\`.`,
    );
  }
  if (wanted.started !== undefined && hasStarted(container) !== wanted.started) {
    wrong.push(
      wanted.started
        ? `${name} was made, but it has never run. \`docker start -ai\` with its name starts it.`
        : `${name} has run already.`,
    );
  }
  if (wanted.state !== undefined && container.State.Status !== wanted.state) {
    wrong.push(
      `${name} is ${container.State.Status}, not ${wanted.state}. \`docker ps -a\` shows the state of each.`,
    );
  }
  if (wanted.exitCode !== undefined) wrong.push(...wrongExit(container, wanted.exitCode));
  return { container, wrong };
}

/** Go's zero time, in the year 1, stands for never. */
function hasStarted({ State }: ContainerDetail): boolean {
  return !(State.StartedAt ?? '0001').startsWith('0001');
}

function wrongExit({ State, ...container }: ContainerDetail, wanted: number): string[] {
  const name = nameOf(container);
  if (State.Running) return [`${name} is still running.`];
  if (State.ExitCode === wanted) return [];
  const why = EXIT_MEANINGS[State.ExitCode] ?? '';
  return [
    `${name} ended with code ${State.ExitCode}${why}, not with ${wanted}. \`docker logs\` shows what it said.`,
  ];
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
async function missingContainer({ name, image }: Partial<Wanted>, engine: EngineView): Promise<string> {
  const containers = await engine.containers();
  if (name === undefined || containers.length === 0) {
    return 'There is no container yet. `docker ps -a` shows all of them, running or not.';
  }
  const slip = containers.find((container) => isSlipOf(plainName(container), name));
  const alike =
    slip ??
    containers.find(
      (container) => image !== undefined && familiarName(container.Image) === familiarName(image),
    );
  if (!alike)
    return `There is no container \`${name}\` yet. \`docker ps -a\` shows all of them, running or not.`;
  const other = plainName(alike);
  return `There is a container ${quoted(other)} from ${quoted(alike.Image)}, but none with the name \`${name}\`. \`docker rename ${other} ${name}\` gives it this name.`;
}

function isNamed(fullName: string, name: string | undefined): boolean {
  return name === undefined || fullName.replace(/^\//, '') === name;
}

function plainName({ Names }: ContainerSummary): string {
  return (Names[0] ?? '').replace(/^\//, '');
}

function nameOf(container: Pick<ContainerDetail, 'Name'> | undefined): string {
  return quoted((container?.Name ?? '').replace(/^\//, ''));
}
