import type { InlineFile } from './model.ts';
import { processText } from './words.ts';

/** `<<name`, its body still to come. */
export interface Heredoc {
  readonly name: string;
  /** The name was not quoted: variables in the body mean something. */
  readonly expand: boolean;
  /** `<<-`: tabs at the beginning of lines are taken away. */
  readonly chomp: boolean;
}

export interface HeredocBody extends Heredoc {
  /** Lines as written, each with its end. */
  readonly body: string;
}

const HEREDOC = /^\d*<<(-?)([^<]*)$/u;

/** The heredocs that a line begins, in order; none when its quotes do not match. */
export function heredocsOf(line: string): Heredoc[] {
  if (!line.includes('<<')) return [];
  return words(line, { quotes: true, escapes: true, unset: true }).flatMap(
    (word) => parseHeredoc(word) ?? [],
  );
}

/** Undefined when `word` is not wholly a heredoc's beginning. */
export function parseHeredoc(word: string): Heredoc | undefined {
  const [, dash, rest = ''] = HEREDOC.exec(word) ?? [];
  const [name, ...more] = words(rest, { unset: true });
  if (name === undefined || more.length > 0) return undefined;
  const [raw = ''] = words(rest, { quotes: true, unset: true });
  return { name, expand: quotesIn(raw) === quotesIn(name), chomp: dash === '-' };
}

/** What the body is as a file. */
export function fileOf({ name, expand, chomp, body }: HeredocBody): InlineFile {
  return { name, expand, content: chomp ? body.replaceAll(/^\t+/gmu, '') : body };
}

function words(text: string, keep: { quotes?: true; escapes?: true; unset?: true }): readonly string[] {
  try {
    return processText(text, { lookup: () => undefined, escape: '\\', keep }).words;
  } catch {
    return [];
  }
}

function quotesIn(text: string): number {
  return text.split(/["']/u).length;
}
