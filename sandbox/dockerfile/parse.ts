import { DockerfileError } from './error.ts';
import { readFlags } from './flags.ts';
import { parseInstruction } from './instruction.ts';
import { readStatements, type Placed } from './lines.ts';
import type { ArgInstruction, Dockerfile, Instruction, Stage } from './model.ts';

/**
 * Reads a Dockerfile. Throws `DockerfileError` in dockerd's words: what cannot be cut into instructions comes before
 * what is wrong within one, wherever the two stand.
 */
export function parseDockerfile(text: string): Dockerfile {
  const { statements, ...read } = cut(text);
  const metaArgs: ArgInstruction[] = [];
  const stages: Draft[] = [];
  for (const placed of statements) {
    const stage = stages.at(-1);
    if (placed.name === 'from') stages.push(atLine(placed, parseFrom));
    else {
      const instruction = atLine(placed, parseInstruction);
      if (stage) stage.instructions.push(instruction);
      else if (instruction.kind === 'arg') metaArgs.push(instruction);
      else throw new DockerfileError('no build stage in current context', placed.lines.start);
    }
  }
  return { ...read, metaArgs, stages };
}

/** Reads what an ONBUILD holds: one instruction alone. Throws `DockerfileError`. */
export function parseTrigger(text: string): Instruction {
  const [first, ...more] = readStatements(text).statements;
  if (first === undefined || more.length > 0) {
    throw new DockerfileError('onbuild trigger should be a single expression');
  }
  return parseInstruction(first);
}

/**
 * Reads what changes a configuration, as the lines of one Dockerfile without stages: `docker commit --change`. Throws
 * `DockerfileError`; `check` is asked about every instruction's name before any is understood.
 */
export function parseChanges(changes: readonly string[], check: (name: string) => void): Instruction[] {
  const { statements } = readStatements(changes.join('\n'));
  for (const { name } of statements) check(name);
  return statements.map(parseInstruction);
}

type Draft = Omit<Stage, 'instructions'> & { readonly instructions: Instruction[] };

function cut(text: string): ReturnType<typeof readStatements> {
  try {
    return readStatements(text);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    throw new DockerfileError(`failed to parse Dockerfile: ${error.message}`, error.line);
  }
}

function atLine<T>(placed: Placed, parse: (placed: Placed) => T): T {
  try {
    return parse(placed);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const { start } = placed.lines;
    throw new DockerfileError(`dockerfile parse error line ${start}: ${error.message}`, start);
  }
}

function parseFrom({ args, flags, lines, original }: Placed): Draft {
  const [base, as, name, ...more] = args;
  const named = name !== undefined && as?.toLowerCase() === 'as' && more.length === 0;
  if (base === undefined || (as !== undefined && !named)) {
    throw new DockerfileError('FROM requires either one or three arguments');
  }
  if (named && !/^[a-z][a-z0-9-_.]*$/u.test(name.toLowerCase())) {
    throw new DockerfileError(
      `invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
    );
  }
  const { platform } = readFlags(flags, { platform: 'text' });
  return {
    base,
    ...(named && { name: name.toLowerCase() }),
    ...(platform !== undefined && platform !== '' && { platform }),
    lines,
    original,
    instructions: [],
  };
}
