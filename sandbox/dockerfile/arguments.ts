import { DockerfileError, quoted } from './error.ts';
import type { Escape } from './model.ts';
import { GAP, isSpace, trimStart } from './space.ts';

/** A JSON array of strings, whatever follows it; undefined for anything else, which is then text. */
export function stringList(text: string): string[] | undefined {
  if (!trimStart(text).startsWith('[')) return undefined;
  const list = parsed(text);
  if (!isList(list)) return undefined;
  if (!list.every((each) => typeof each === 'string')) {
    throw new DockerfileError('when using JSON array syntax, arrays must be comprised of strings only');
  }
  // Half a pair of UTF-16 is no character.
  return list.map((each) => each.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(firstArray(text));
  } catch {
    return undefined;
  }
}

/** `["a", "]"] and more` → `["a", "]"]`, as Go's decoder stops where the value ends. */
function firstArray(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[[\]]/gsu)) {
    if (token === '[') depth++;
    if (token === ']' && --depth === 0) return text.slice(0, index + 1);
  }
  return text;
}

export function splitAtGaps(text: string): string[] {
  return text === '' ? [] : text.split(GAP);
}

/**
 * Splits at blanks that stand neither in quotes nor behind the escape character; quotes and escapes stay in the words,
 * for the expansion to take away.
 */
export function splitWords(text: string, escape: Escape): string[] {
  const words: string[] = [];
  const characters = Array.from(text);
  let word: string[] = [];
  let quote = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (quote === '' && isSpace(character)) {
      if (word.length > 0) words.push(word.join(''));
      word = [];
    } else if (character === escape && quote !== "'") {
      // One at the very end has nothing to escape.
      const next = characters[++at];
      if (next !== undefined) word.push(character, next);
    } else {
      word.push(character);
      if (character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
    }
  }
  return word.length === 0 ? words : [...words, word.join('')];
}

/** Key and value by turns, of `key=value …` or of the older `key value`. */
export function pairWords(instruction: string, text: string, escape: Escape): string[] {
  const words = splitWords(text, escape);
  const [first] = words;
  if (first === undefined) return [];
  if (!first.includes('=')) {
    const gap = GAP.exec(text);
    if (!gap) throw new DockerfileError(`${instruction} must have two arguments`);
    return [text.slice(0, gap.index), text.slice(gap.index + gap[0].length)];
  }
  return words.flatMap((word) => {
    const at = word.indexOf('=');
    if (at === -1) {
      throw new DockerfileError(
        `Syntax error - can't find = in ${quoted(word)}. Must be of the form: name=value`,
      );
    }
    return [word.slice(0, at), word.slice(at + 1)];
  });
}
