import { configure, isConfigInstruction } from '../dockerfile/configure.ts';
import type { ConfigInstruction } from '../dockerfile/configure.ts';
import { argvOf } from '../dockerfile/configure.ts';
import { expandInstruction } from '../dockerfile/expand.ts';
import type { Instruction, InstructionOf } from '../dockerfile/model.ts';
import { parseSignal } from '../container/signals.ts';
import type { RawPath } from '../layer/raw-path.ts';
import { toText } from '../layer/raw-path.ts';
import type { ContainerConfig } from '../oci/config.ts';
import { EngineError } from '../oci/errors.ts';
import { commentOf } from './comment.ts';
import { plainList } from './go-text.ts';
import { finish, intermediate } from './intermediate.ts';
import { runStep } from './run/step.ts';
import type { Stage } from './stage.ts';
import { advance, imageOf, isCached, nothing, standing } from './stage.ts';
import { transferStep } from './transfer/step.ts';
import { LayerDraft, parentOf, ROOT } from './transfer/draft.ts';

/** Carries out one instruction: the stage's image is then what it has made. */
export async function execute(stage: Stage, written: Instruction): Promise<void> {
  await executeExpanded(stage, expandInstruction(written, lookupIn(stage), stage.build.escape));
}

/** As `execute`; nothing of the instruction is expanded. */
export async function executeExpanded(stage: Stage, instruction: Instruction): Promise<void> {
  switch (instruction.kind) {
    case 'run':
      await runStep(stage, instruction);
      return;
    case 'copy':
    case 'add':
      await transferStep(stage, instruction);
      return;
    case 'arg':
      for (const { key, value } of instruction.args) stage.args.declare(key, value);
      await commit(stage, `ARG ${instruction.args.map(argText).join(' ')}`);
      return;
    case 'maintainer':
      stage.author = instruction.name;
      await commit(stage, `MAINTAINER ${instruction.name}`);
      return;
    default:
      if (isConfigInstruction(instruction)) await configureStep(stage, instruction);
  }
}

/** The environment of the stage, and the ARGs that it does not hide. */
function lookupIn({ config, args }: Stage): (name: string) => string | undefined {
  const values = args.all();
  for (const line of config.Env ?? []) {
    const [name = ''] = line.split('=', 1);
    values.set(name, line.slice(name.length + 1));
  }
  return (name) => values.get(name);
}

async function configureStep(stage: Stage, instruction: ConfigInstruction): Promise<void> {
  if (instruction.kind === 'stopsignal') parseSignal(instruction.signal);
  if (instruction.kind === 'healthcheck') noteOldCheck(stage);
  if (instruction.kind === 'env') requireNames(instruction);
  const { config, cmdSet } = configure(stage, instruction);
  stage.config = config;
  if (instruction.kind === 'workdir') await workdirStep(stage, commentOf(instruction, config));
  else if (instruction.kind === 'entrypoint') {
    const Entrypoint = argvOf(instruction.command, config);
    await commit(stage, commentOf(instruction, { ...config, Entrypoint }));
  } else await commit(stage, commentOf(instruction, config));
  stage.cmdSet = cmdSet;
}

/** A variable may stand for a name as well, and be empty. */
function requireNames({ pairs }: InstructionOf<'env'>): void {
  const nameless = pairs.find(({ key }) => key === '');
  if (nameless) throw new EngineError('invalid', `invalid environment variable: =${nameless.value}`);
}

function noteOldCheck({ config, build }: Stage): void {
  const test = config.Healthcheck?.Test ?? [];
  if (test.length > 0 && test[0] !== 'NONE') {
    build.report.note(`Note: overriding previous HEALTHCHECK: ${plainList(test)}`);
  }
}

/** A step that changes no file. */
async function commit(stage: Stage, comment: string): Promise<void> {
  const command = nothing(stage.config, ['#(nop) ', comment]);
  await commitNothing(stage, command);
}

async function commitNothing(stage: Stage, containerConfig: ContainerConfig, layer?: string): Promise<void> {
  if (layer === undefined && (await isCached(stage, containerConfig))) return;
  const container = await intermediate(stage, { ...containerConfig, Image: stage.image ?? '' });
  let done = false;
  try {
    const image = await stage.build.parts.images.building.addStep({
      parent: stage.image,
      platform: stage.platform,
      config: standing(stage),
      containerConfig: container.record.config,
      containerId: container.id,
      author: stage.author,
      ...(layer !== undefined && { layer }),
    });
    done = true;
    await finish(stage, container, true);
    advance(stage, image);
  } finally {
    if (!done) await finish(stage, container, false);
  }
}

/** The folder is made at once, and belongs to root. */
async function workdirStep(stage: Stage, comment: string): Promise<void> {
  const containerConfig = nothing(stage.config, [`#(nop) ${comment}`]);
  if (await isCached(stage, containerConfig)) return;
  const { building } = stage.build.parts.images;
  const { rootfs } = await imageOf(stage);
  await building.inDraft(async (folder) => {
    await building.view(rootfs.diff_ids, async (root) => {
      const draft = new LayerDraft(folder, root);
      const wanted = stage.config.WorkingDir ?? '/';
      const place = draft.resolve(wanted);
      refuseFiles(draft, place, wanted);
      if (!draft.isFolder(place)) draft.makeFolder(place, ROOT);
      await draft.finish();
    });
    await commitNothing(stage, containerConfig, folder);
  });
}

/** Throws in dockerd's words where a file is in the way of a folder. */
function refuseFiles(draft: LayerDraft, place: RawPath, wanted: string): void {
  for (let at = place; at !== ''; at = parentOf(at)) {
    const kind = draft.node(at)?.kind;
    if (kind === undefined || kind === 'folder') continue;
    const words =
      at === place
        ? `Cannot mkdir: ${wanted} is not a directory`
        : `lstat /${toText(place)}: not a directory`;
    throw new EngineError('internal', words);
  }
}

function argText({ key, value }: { readonly key: string; readonly value?: string }): string {
  return value === undefined ? key : `${key}=${value}`;
}
