import { posix } from 'node:path';

import type { ContainerConfig, Healthcheck } from '../oci/config.ts';
import { DockerfileError } from './error.ts';
import type { Command, Instruction, InstructionOf } from './model.ts';
import { parsePorts } from './ports.ts';
import type { Lookup } from './words.ts';

/** The instructions that change what an image says of its containers, and no file. */
export type ConfigKind = keyof typeof CHANGES;
export type ConfigInstruction = InstructionOf<ConfigKind>;

/** A configuration on its way through a stage. */
export interface Configured {
  readonly config: ContainerConfig;
  /** A CMD came before in the same stage: an ENTRYPOINT leaves it standing. */
  readonly cmdSet: boolean;
}

/** What `instruction`, its variables put in, makes of a configuration. Throws `DockerfileError`. */
export function configure(before: Configured, instruction: ConfigInstruction): Configured {
  const change = CHANGES[instruction.kind] as Change<ConfigInstruction>;
  const config = { ...before.config, ...change(instruction, before) };
  const cmdSet = before.cmdSet || (instruction.kind === 'cmd' && (config.Cmd ?? []).length > 0);
  return { config, cmdSet };
}

export function isConfigInstruction(instruction: Instruction): instruction is ConfigInstruction {
  return Object.hasOwn(CHANGES, instruction.kind);
}

/** Values of `NAME=value` lines; of two with one name the first counts. */
export function lookupIn(env: readonly string[] | null | undefined): Lookup {
  return (name) => {
    const line = env?.find((each) => each.startsWith(`${name}=`));
    return line?.slice(name.length + 1);
  };
}

/** What is run for a command: a line goes to the shell that the configuration names. */
export function argvOf(command: Command, { Shell }: ContainerConfig): readonly string[] {
  if (command.form === 'exec') return command.argv;
  const shell = Shell && Shell.length > 0 ? Shell : ['/bin/sh', '-c'];
  return command.line === '' ? shell : [...shell, command.line];
}

type Change<I> = (instruction: I, before: Configured) => ContainerConfig;

const CHANGES = {
  cmd: ({ command }, { config }) => ({ Cmd: argvOf(command, config) }),
  entrypoint: ({ command }, { config, cmdSet }) => {
    const argv = argvOf(command, config);
    return { Entrypoint: argv.length === 0 ? null : argv, ...(!cmdSet && { Cmd: null }) };
  },
  env: ({ pairs }, { config }) => ({
    Env: pairs.reduce<readonly string[]>(
      (env, { key, value }) => setVariable(env, key, value),
      config.Env ?? [],
    ),
  }),
  expose: ({ ports }, { config }) => ({
    ExposedPorts: { ...config.ExposedPorts, ...emptyObjects(ports.flatMap(parsePorts)) },
  }),
  healthcheck: ({ health }, { config }) => ({ Healthcheck: inherited(health, config.Healthcheck) }),
  label: ({ pairs }, { config }) => ({
    Labels: { ...config.Labels, ...Object.fromEntries(pairs.map(({ key, value }) => [key, value])) },
  }),
  onbuild: ({ trigger }, { config }) => ({ OnBuild: [...(config.OnBuild ?? []), trigger] }),
  shell: ({ argv }) => ({ Shell: argv }),
  // Whether there is such a signal, the caller knows.
  stopsignal: ({ signal }) => ({ StopSignal: signal }),
  user: ({ user }) => ({ User: user }),
  volume: ({ paths }, { config }) => {
    if (paths.includes('')) throw new DockerfileError('VOLUME specified can not be an empty string');
    return { Volumes: { ...config.Volumes, ...emptyObjects(paths) } };
  },
  workdir: ({ path }, { config }) => ({ WorkingDir: workingFolder(config.WorkingDir ?? '', path) }),
} satisfies { readonly [K in Instruction['kind']]?: Change<InstructionOf<K>> };

function setVariable(env: readonly string[], key: string, value: string): readonly string[] {
  const line = `${key}=${value}`;
  const at = env.findIndex((each) => each.split('=', 1)[0] === key);
  return at === -1 ? [...env, line] : env.with(at, line);
}

function emptyObjects(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** dockerd keeps of an older check what the newer one does not say, even for `NONE`. */
function inherited(health: Healthcheck, older: Healthcheck | undefined): Healthcheck {
  const { Test, ...rest } = { ...older, ...health };
  return Test === undefined ? rest : { Test, ...rest };
}

/** A path from the root stays as it is written. */
function workingFolder(current: string, path: string): string {
  if (path === '') throw new DockerfileError('cannot normalize nothing');
  if (path.startsWith('/')) return path;
  const joined = posix.join('/', current, path);
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}
