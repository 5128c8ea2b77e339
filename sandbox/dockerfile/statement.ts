import { pairWords, splitAtGaps, splitWords, stringList } from './arguments.ts';
import type { Escape } from './model.ts';
import { GAP, isSpace, trim } from './space.ts';

/** One instruction cut into words, not yet understood: what can be said of it without knowing what it does. */
export interface Statement {
  /** In lower case; may be none that exists. */
  readonly name: string;
  /** `--name=value` before the arguments. */
  readonly flags: readonly string[];
  /** Of `ENV` and `LABEL` key and value by turns, of `ONBUILD` the words of what it holds. */
  readonly args: readonly string[];
  /** The arguments were written as a JSON array. */
  readonly json: boolean;
  /** As written, on one line. */
  readonly original: string;
}

/** Cuts one line. Throws `DockerfileError`. */
export function parseStatement(line: string, escape: Escape): Statement {
  const text = trim(line);
  const gap = GAP.exec(text);
  const name = (gap ? text.slice(0, gap.index) : text).toLowerCase();
  const { flags, rest } = gap ? takeFlags(text.slice(gap.index + gap[0].length)) : { flags: [], rest: '' };
  return { name, flags, original: text, ...(ARGUMENTS[name] ?? ignore)(trim(rest), escape) };
}

type Arguments = Pick<Statement, 'args' | 'json'>;
type ArgumentParser = (rest: string, escape: Escape) => Arguments;

const ignore: ArgumentParser = () => ({ args: [], json: false });
const plain = (args: readonly string[]): Arguments => ({ args, json: false });
const whole: ArgumentParser = (rest) => plain(rest === '' ? [] : [rest]);
const listOrWhole: ArgumentParser = (rest, escape) => {
  const list = stringList(rest);
  return list ? { args: list, json: true } : whole(rest, escape);
};
const gaps: ArgumentParser = (rest) => plain(splitAtGaps(rest));
const listOrGaps: ArgumentParser = (rest, escape) => {
  const list = stringList(rest);
  return list ? { args: list, json: true } : gaps(rest, escape);
};

const ARGUMENTS: Readonly<Record<string, ArgumentParser>> = {
  add: listOrGaps,
  arg: (rest, escape) => plain(splitWords(rest, escape)),
  cmd: listOrWhole,
  copy: listOrGaps,
  entrypoint: listOrWhole,
  env: (rest, escape) => plain(pairWords('ENV', rest, escape)),
  expose: gaps,
  from: gaps,
  healthcheck: (rest, escape) => {
    const [, kind, command = ''] = /^(\S+)\s*(.*)$/su.exec(rest) ?? [];
    if (kind === undefined) return plain([]);
    const { args, json } = listOrWhole(command, escape);
    return { args: [kind, ...args], json };
  },
  label: (rest, escape) => plain(pairWords('LABEL', rest, escape)),
  maintainer: whole,
  onbuild: (rest, escape) => {
    if (rest === '') return plain([]);
    // Never allowed, so never looked into: as deep as it goes.
    if (/^onbuild(?:\s|$)/iu.test(rest)) return plain(['onbuild']);
    const { name, args } = parseStatement(rest, escape);
    return plain([name, ...args]);
  },
  run: listOrWhole,
  shell: listOrWhole,
  stopsignal: whole,
  user: whole,
  volume: listOrGaps,
  workdir: whole,
};

/** The words at the beginning that start with `--`, quotes and backslashes taken away, up to a `--` alone. */
function takeFlags(text: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charAt(at))) at++;
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at) };
    const { word, end } = flagWord(text, at);
    at = end;
    if (word === '--') return { flags, rest: text.slice(at) };
    flags.push(word);
  }
}

function flagWord(text: string, start: number): { word: string; end: number } {
  const parts: string[] = [];
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && isSpace(character)) break;
    if (character === '\\') parts.push(text.charAt(++at));
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else parts.push(character);
  }
  return { word: parts.join(''), end: at };
}

/** The instruction in the text of an ONBUILD. */
export function heldBy(original: string): string {
  return original.replace(/^\s*onbuild\s*/iu, '');
}
