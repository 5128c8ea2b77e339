import type { ContainerConfig, Healthcheck } from '../../oci/config.ts';
import { EngineError } from '../../oci/errors.ts';
import { parseDuration } from './duration.ts';
import type { Instruction } from './parse.ts';
import { parseInstructions, parseLine } from './parse.ts';
import { parsePorts } from './ports.ts';
import { SyntaxMistake, expand, splitWords } from './words.ts';

/**
 * What `docker commit --change` makes of a configuration. Throws `EngineError('invalid')` for an instruction that is
 * none of those a configuration can hold, or that is written wrongly.
 */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config;
  const instructions = parseInstructions(changes);
  for (const { name } of instructions) {
    if (!(name in INSTRUCTIONS)) throw new EngineError('invalid', `${name} is not a valid change command`);
  }
  const draft: Draft = { ...config };
  let cmdSet = false;
  for (const instruction of instructions) {
    try {
      refuseFlags(instruction);
      INSTRUCTIONS[instruction.name]?.(draft, instruction);
    } catch (error) {
      if (error instanceof SyntaxMistake) throw new EngineError('invalid', error.message);
      throw error;
    }
    // An entrypoint of one's own makes the image's command meaningless, unless it comes with one.
    if (instruction.name === 'cmd' && (draft.Cmd?.length ?? 0) > 0) cmdSet = true;
    if (instruction.name === 'entrypoint' && !cmdSet) draft.Cmd = null;
  }
  return draft;
}

type Draft = { -readonly [K in keyof ContainerConfig]: ContainerConfig[K] };
type Apply = (draft: Draft, instruction: Instruction) => void;

const INSTRUCTIONS: Readonly<Record<string, Apply>> = {
  cmd: (draft, { rest }) => {
    draft.Cmd = commandOf(draft, rest);
  },
  entrypoint: (draft, { rest }) => {
    draft.Entrypoint = commandOf(draft, rest);
  },
  env: (draft, { rest }) => {
    for (const [name, value] of pairsOf('ENV', draft, rest))
      draft.Env = setVariable(draft.Env ?? [], name, value);
  },
  expose: (draft, { rest }) => {
    const ports = wordsOf('EXPOSE', draft, rest).flatMap(parsePorts);
    draft.ExposedPorts = { ...draft.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) };
  },
  healthcheck: (draft, instruction) => {
    draft.Healthcheck = healthcheckOf(instruction);
  },
  label: (draft, { rest }) => {
    draft.Labels = { ...draft.Labels, ...Object.fromEntries(pairsOf('LABEL', draft, rest)) };
  },
  onbuild: (draft, { rest }) => {
    draft.OnBuild = [...(draft.OnBuild ?? []), triggerOf(rest)];
  },
  user: (draft, { rest }) => {
    draft.User = onlyWord('USER', draft, rest);
  },
  volume: (draft, { rest }) => {
    const folders = (jsonList(rest) ?? splitWords(rest)).map((word) =>
      expand(word, variablesOf(draft)).trim(),
    );
    if (folders.length === 0) throw new SyntaxMistake('VOLUME requires at least one argument');
    if (folders.includes('')) throw new SyntaxMistake('VOLUME specified can not be an empty string');
    draft.Volumes = { ...draft.Volumes, ...Object.fromEntries(folders.map((folder) => [folder, {}])) };
  },
  workdir: (draft, { rest }) => {
    draft.WorkingDir = absolute(draft.WorkingDir ?? '', onlyWord('WORKDIR', draft, rest));
  },
};

/** Of the instructions here, one alone takes flags. */
function refuseFlags({ name, flags }: Instruction): void {
  const [first] = flags;
  if (name !== 'healthcheck' && first !== undefined)
    throw new SyntaxMistake(`Unknown flag: ${flagName(first)}`);
}

function flagName(flag: string): string {
  return flag.replace(/^--/, '').split('=', 1)[0] ?? '';
}

const SHELL = ['/bin/sh', '-c'];

function commandOf(draft: Draft, rest: string): readonly string[] {
  const list = jsonList(rest);
  if (list) return list;
  return [...(draft.Shell && draft.Shell.length > 0 ? draft.Shell : SHELL), ...(rest === '' ? [] : [rest])];
}

/** A JSON array of strings; undefined for anything else, which is then text. */
function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    if (!Array.isArray(value)) return undefined;
    if (value.every((each) => typeof each === 'string')) return value;
  } catch {
    return undefined;
  }
  throw new SyntaxMistake('when using JSON array syntax, arrays must be comprised of strings only');
}

function pairsOf(name: string, draft: Draft, rest: string): [string, string][] {
  const words = splitWords(rest);
  const [first] = words;
  if (first === undefined) throw new SyntaxMistake(`${name} requires at least one argument`);
  const variables = variablesOf(draft);
  if (!first.includes('=')) {
    const [, key = '', value] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
    if (value === undefined) throw new SyntaxMistake(`${name} must have two arguments`);
    return [[expand(key, variables), expand(value, variables)]];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals === -1) {
      throw new SyntaxMistake(`Syntax error - can't find = in "${word}". Must be of the form: name=value`);
    }
    const key = expand(word.slice(0, equals), variables);
    if (key === '') throw new SyntaxMistake(`${name} names can not be blank`);
    return [key, expand(word.slice(equals + 1), variables)];
  });
}

function wordsOf(name: string, draft: Draft, rest: string): string[] {
  const words = rest.split(/\s+/).filter(Boolean);
  if (words.length === 0) throw new SyntaxMistake(`${name} requires at least one argument`);
  return words.flatMap((word) => splitWords(expand(word, variablesOf(draft))));
}

function onlyWord(name: string, draft: Draft, rest: string): string {
  if (rest === '') throw new SyntaxMistake(`${name} requires exactly one argument`);
  return expand(rest, variablesOf(draft));
}

function variablesOf(draft: Draft): Map<string, string> {
  return new Map(
    (draft.Env ?? []).map((each): [string, string] => {
      const [name = '', ...value] = each.split('=');
      return [name, value.join('=')];
    }),
  );
}

function setVariable(env: readonly string[], name: string, value: string): string[] {
  const line = `${name}=${value}`;
  const at = env.findIndex((each) => each.split('=', 1)[0] === name);
  return at === -1 ? [...env, line] : env.map((each, i) => (i === at ? line : each));
}

function triggerOf(rest: string): string {
  if (rest === '') throw new SyntaxMistake('ONBUILD requires at least one argument');
  const name = parseLine(rest).name.toUpperCase();
  if (name === 'ONBUILD') throw new SyntaxMistake("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name === 'FROM' || name === 'MAINTAINER') {
    throw new SyntaxMistake(`${name} isn't allowed as an ONBUILD trigger`);
  }
  return rest;
}

/** Shorter ones cannot be kept. */
const SHORTEST_NANOSECONDS = 1e6;

function healthcheckOf({ flags, rest }: Instruction): Healthcheck {
  const [, kind = '', command = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  switch (kind.toUpperCase()) {
    case 'NONE':
      if (command !== '') throw new SyntaxMistake('HEALTHCHECK NONE takes no arguments');
      return { Test: ['NONE'] };
    case 'CMD': {
      if (command === '') throw new SyntaxMistake('Missing command after HEALTHCHECK CMD');
      const list = jsonList(command);
      return { Test: list ? ['CMD', ...list] : ['CMD-SHELL', command], ...healthFlags(flags) };
    }
    case '':
      throw new SyntaxMistake('HEALTHCHECK requires at least one argument');
    default:
      throw new SyntaxMistake(`Unknown type "${kind.toUpperCase()}" in HEALTHCHECK (try CMD)`);
  }
}

function healthFlags(flags: readonly string[]): Healthcheck {
  const found: Record<string, number> = {};
  for (const flag of flags) {
    const name = flagName(flag);
    const text = flag.split('=').slice(1).join('=');
    if (name === 'retries') found.Retries = retriesOf(text);
    else if (name in DURATIONS) found[DURATIONS[name] ?? ''] = intervalOf(name, text);
    else throw new SyntaxMistake(`Unknown flag: ${name}`);
  }
  return found;
}

const DURATIONS: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
};

function intervalOf(name: string, text: string): number {
  const nanoseconds = parseDuration(text);
  if (nanoseconds !== 0 && nanoseconds < SHORTEST_NANOSECONDS) {
    throw new SyntaxMistake(`Interval "${name}" cannot be less than 1ms`);
  }
  return nanoseconds;
}

function retriesOf(text: string): number {
  if (!/^[-+]?\d+$/.test(text))
    throw new SyntaxMistake(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  if (Number(text) < 1) throw new SyntaxMistake(`--retries must be at least 1 (not ${Number(text)})`);
  return Number(text);
}

/** Joined to the current folder and cleaned of `.` and `..`, as Go's `filepath.Join` does. */
function absolute(current: string, wanted: string): string {
  const parts: string[] = [];
  for (const part of (wanted.startsWith('/') ? wanted : `/${current}/${wanted}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
