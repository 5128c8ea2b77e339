import { DockerfileError } from './error.ts';
import { parseHealth } from './health.ts';
import { readFlags } from './flags.ts';
import type { Placed } from './lines.ts';
import type { Command, Instruction, InstructionKind, InstructionOf, Pair, Written } from './model.ts';
import { parseRun } from './run.ts';
import { trim } from './space.ts';
import { heldBy } from './statement.ts';
import { parseAdd, parseCopy } from './transfer.ts';

/** Understands what was cut into words. Throws `DockerfileError` without a line: the caller knows where it is. */
export function parseInstruction(placed: Placed): Instruction {
  const { name, lines, original } = placed;
  if (!isKind(name)) throw new DockerfileError(`unknown instruction: ${name.toUpperCase()}`);
  return { kind: name, ...PARSERS[name](placed), lines, original } as Instruction;
}

export function isKind(name: string): name is InstructionKind {
  return Object.hasOwn(PARSERS, name);
}

type Parser<K extends InstructionKind> = (placed: Placed) => Omit<InstructionOf<K>, keyof Written | 'kind'>;

const PARSERS: { readonly [K in InstructionKind]: Parser<K> } = {
  add: parseAdd,
  // Flags are not looked at: `ARG --x` names nothing, and dockerd does not mind.
  arg: (placed) => ({ args: some(placed).map(optionalPair) }),
  cmd: (placed) => {
    readFlags(placed.flags, {});
    return { command: commandOf(placed) };
  },
  copy: parseCopy,
  entrypoint: (placed) => {
    readFlags(placed.flags, {});
    return { command: placed.args.length === 0 ? { form: 'exec', argv: [] } : commandOf(placed) };
  },
  env: (placed) => {
    readFlags(placed.flags, {});
    return { pairs: pairsOf(placed) };
  },
  expose: (placed) => {
    const ports = some(placed);
    readFlags(placed.flags, {});
    return { ports: ports.toSorted(byBytes) };
  },
  healthcheck: (placed) => ({ health: parseHealth({ ...placed, args: some(placed) }) }),
  label: (placed) => {
    readFlags(placed.flags, {});
    return { pairs: pairsOf(placed) };
  },
  maintainer: (placed) => {
    const name = only(placed);
    readFlags(placed.flags, {});
    return { name };
  },
  onbuild: (placed) => {
    const [held = ''] = some(placed);
    readFlags(placed.flags, {});
    return { trigger: triggerOf(placed, held) };
  },
  run: parseRun,
  shell: (placed) => {
    readFlags(placed.flags, {});
    const argv = some(placed);
    if (!placed.json) throw new DockerfileError('SHELL requires the arguments to be in JSON form');
    return { argv };
  },
  stopsignal: (placed) => ({ signal: only(placed) }),
  user: (placed) => {
    const user = only(placed);
    readFlags(placed.flags, {});
    return { user };
  },
  volume: (placed) => {
    const paths = some(placed).map(trim);
    readFlags(placed.flags, {});
    if (paths.includes('')) throw new DockerfileError('VOLUME specified can not be an empty string');
    return { paths };
  },
  workdir: (placed) => {
    const path = only(placed);
    readFlags(placed.flags, {});
    return { path };
  },
};

function some({ name, args }: Placed): readonly string[] {
  if (args.length === 0) throw new DockerfileError(`${name.toUpperCase()} requires at least one argument`);
  return args;
}

function only({ name, args }: Placed): string {
  const [word, ...more] = args;
  if (word === undefined || more.length > 0) {
    throw new DockerfileError(`${name.toUpperCase()} requires exactly one argument`);
  }
  return word;
}

export function commandOf({ args, json }: Placed): Command {
  return json ? { form: 'exec', argv: args } : { form: 'shell', line: args.join(' ') };
}

function pairsOf(placed: Placed): Pair[] {
  const words = some(placed);
  const pairs: Pair[] = [];
  for (let i = 0; i < words.length; i += 2) pairs.push({ key: words[i] ?? '', value: words[i + 1] ?? '' });
  if (pairs.some(({ key }) => key === '')) refuseBlank(placed.name);
  return pairs;
}

function optionalPair(word: string): { key: string; value?: string } {
  const at = word.indexOf('=');
  if (at === -1) return { key: word };
  if (at === 0) refuseBlank('arg');
  return { key: word.slice(0, at), value: word.slice(at + 1) };
}

function refuseBlank(name: string): never {
  throw new DockerfileError(`${name.toUpperCase()} names can not be blank`);
}

function triggerOf({ original, heredocs }: Placed, held: string): string {
  const name = held.toUpperCase();
  if (name === 'ONBUILD') throw new DockerfileError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name === 'FROM' || name === 'MAINTAINER') {
    throw new DockerfileError(`${name} isn't allowed as an ONBUILD trigger`);
  }
  return [heldBy(original), ...heredocs.map(({ body, name: end }) => body + end)].join('\n');
}

/** Go's order of strings, which is that of their UTF-8 bytes. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
