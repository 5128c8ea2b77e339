import { DockerfileError, quoted } from './error.ts';
import type { Escape } from './model.ts';
import { substitute } from './pattern.ts';
import { isSpace } from './space.ts';

/** Value of a variable; `undefined` for one that is not set, which is not the same as an empty one. */
export type Lookup = (name: string) => string | undefined;

export interface WordOptions {
  readonly lookup: Lookup;
  readonly escape: Escape;
  /** What to keep as it is written, instead of taking it away. */
  readonly keep?: { readonly quotes?: true; readonly escapes?: true; readonly unset?: true };
  /** Quotes mean nothing: the text of a heredoc. */
  readonly quotesAreText?: true;
}

export interface Processed {
  /** All of the text. */
  readonly text: string;
  /** The text cut where blanks stand unquoted. */
  readonly words: readonly string[];
}

/**
 * Takes quotes and escapes away and puts variables in, as a shell does and moby's `shell.Lex`. Throws `DockerfileError`
 * in its words.
 */
export function processText(text: string, options: WordOptions): Processed {
  try {
    return new Processor(text, options).run();
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    throw new DockerfileError(`failed to process ${quoted(text)}: ${error.message}`);
  }
}

class Mistake extends Error {}

const MISSING_BRACE = "syntax error: missing '}'";
/** Deeper than any text that is meant; a bound for the stack. */
const DEEPEST = 500;

class Processor {
  readonly #characters: readonly string[];
  readonly #options: WordOptions;
  #at = 0;
  #depth = 0;
  #keepEscapes: boolean;

  constructor(text: string, options: WordOptions) {
    this.#characters = Array.from(text);
    this.#options = options;
    this.#keepEscapes = options.keep?.escapes ?? false;
  }

  run(): Processed {
    return this.#until('');
  }

  get #next(): string {
    return this.#characters[this.#at] ?? '';
  }

  #take(): string {
    return this.#characters[this.#at++] ?? '';
  }

  get #ended(): boolean {
    return this.#at >= this.#characters.length;
  }

  /** Up to `stop`, which is taken too; up to the end when there is none. */
  #until(stop: string): Processed {
    const found = new Collector();
    while (!this.#ended) {
      if (this.#next === stop) {
        this.#at++;
        return found.end();
      }
      this.#step(found);
    }
    if (stop !== '') throw new Mistake(`unexpected end of statement while looking for matching ${stop}`);
    return found.end();
  }

  #step(found: Collector): void {
    const quotes = this.#options.quotesAreText !== true;
    if (quotes && this.#next === "'") found.addWhole(this.#single());
    else if (quotes && this.#next === '"') found.addWhole(this.#double());
    else if (this.#next === '$') found.addSplit(this.#variable());
    else if (this.#next === this.#options.escape) this.#escaped(found);
    else found.addSplit(this.#take());
  }

  #escaped(found: Collector): void {
    const token = this.#take();
    if (this.#keepEscapes) found.addWhole(token);
    if (!this.#ended) found.addWhole(this.#take());
  }

  #single(): string {
    const start = ++this.#at;
    while (this.#next !== "'") {
      if (this.#ended) {
        throw new Mistake('unexpected end of statement while looking for matching single-quote');
      }
      this.#at++;
    }
    const inner = this.#characters.slice(start, this.#at++).join('');
    return this.#options.keep?.quotes ? `'${inner}'` : inner;
  }

  #double(): string {
    this.#at++;
    const parts: string[] = [];
    while (this.#next !== '"') {
      if (this.#ended) {
        throw new Mistake('unexpected end of statement while looking for matching double-quote');
      }
      if (this.#next === '$') parts.push(this.#variable());
      else if (this.#next === this.#options.escape) parts.push(this.#escapedInQuotes());
      else parts.push(this.#take());
    }
    this.#at++;
    const inner = parts.join('');
    return this.#options.keep?.quotes ? `"${inner}"` : inner;
  }

  /** Between double quotes an escape takes the meaning only of what has one there. */
  #escapedInQuotes(): string {
    const token = this.#take();
    const kept = this.#keepEscapes ? token : '';
    if (this.#ended) return kept;
    return ['"', '$', token].includes(this.#next) ? kept + this.#take() : kept + token;
  }

  #variable(): string {
    if (++this.#depth > DEEPEST) throw new Mistake('substitutions nested too deeply');
    this.#at++;
    const value = this.#next === '{' ? this.#braced() : this.#plain();
    this.#depth--;
    return value;
  }

  #plain(): string {
    const name = this.#name();
    if (name === '') return '$';
    return this.#options.lookup(name) ?? (this.#options.keep?.unset ? `$${name}` : '');
  }

  #braced(): string {
    this.#at++;
    if (this.#ended) throw new Mistake(MISSING_BRACE);
    if ('{}:'.includes(this.#next)) throw new Mistake('syntax error: bad substitution');
    const name = this.#name();
    const value = this.#options.lookup(name);
    const modifier = this.#take();
    if (modifier === '}') return value ?? (this.#options.keep?.unset ? `\${${name}}` : '');
    if (modifier === '/') return this.#replaced(name, value);
    if (modifier === ':') return this.#modified(name, value, { modifier: this.#take(), colon: ':' });
    if ('+-?#%'.includes(modifier) && modifier !== '')
      return this.#modified(name, value, { modifier, colon: '' });
    throw new Mistake("missing ':' in substitution");
  }

  #modified(name: string, value: string | undefined, how: { modifier: string; colon: ':' | '' }): string {
    const { modifier, colon } = how;
    const isPattern = colon === '' && '#%'.includes(modifier);
    const word = this.#inner('}', { keepEscapes: isPattern });
    if (value === undefined && this.#options.keep?.unset) return `\${${name}${colon}${modifier}${word}}`;
    // An empty value is as good as none for the modifiers with a colon.
    const missing = value === undefined || (colon === ':' && value === '');
    switch (modifier) {
      case '-':
        return missing ? word : value;
      case '+':
        return missing ? '' : word;
      case '?':
        if (missing) throw new Mistake(`${name}: ${word === '' ? unmet(value) : word}`);
        return value;
      default:
        if (isPattern) return patterned(modifier, word, value ?? '');
        throw new Mistake(`unsupported modifier (${modifier}) in substitution`);
    }
  }

  #replaced(name: string, value: string | undefined): string {
    const everywhere = this.#next === '/';
    if (everywhere) this.#at++;
    const pattern = this.#inner('/', { keepEscapes: true, missing: "syntax error: missing '/' in ${}" });
    const replacement = this.#inner('}', { keepEscapes: true });
    if (value === undefined && this.#options.keep?.unset) return `\${${name}/${pattern}/${replacement}}`;
    return checked(pattern, () =>
      substitute(value ?? '', { kind: 'replace', pattern, replacement, once: !everywhere }),
    );
  }

  #inner(stop: string, options: { keepEscapes: boolean; missing?: string }): string {
    const before = this.#keepEscapes;
    this.#keepEscapes = options.keepEscapes;
    try {
      return this.#until(stop).text;
    } catch (error) {
      if (this.#ended && error instanceof Mistake) throw new Mistake(options.missing ?? MISSING_BRACE);
      throw error;
    } finally {
      this.#keepEscapes = before;
    }
  }

  #name(): string {
    const first = this.#next;
    const digits = /^\p{Nd}$/u.test(first);
    if (!digits && first !== '' && '@*#?-$!'.includes(first)) return this.#take();
    const part = digits ? /^\p{Nd}$/u : /^[\p{L}\p{Nd}_]$/u;
    const start = this.#at;
    while (part.test(this.#next)) this.#at++;
    return this.#characters.slice(start, this.#at).join('');
  }
}

function unmet(value: string | undefined): string {
  return value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
}

function patterned(modifier: string, word: string, value: string): string {
  const longest = word.startsWith(modifier);
  const pattern = longest ? word.slice(1) : word;
  return checked(pattern, () =>
    substitute(value, { kind: modifier === '#' ? 'prefix' : 'suffix', pattern, longest }),
  );
}

function checked(pattern: string, run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Mistake(`invalid pattern (${pattern}) in substitution: ${error.message}`);
  }
}

/** What was read so far, as one text and as words. */
class Collector {
  readonly #all: string[] = [];
  readonly #words: string[] = [];
  #word: string[] = [];

  /** Of a quote or an escape: blanks in it are part of the word. */
  addWhole(text: string): void {
    this.#all.push(text);
    this.#word.push(text);
  }

  addSplit(text: string): void {
    this.#all.push(text);
    for (const character of text) {
      if (isSpace(character)) this.#endWord();
      else this.#word.push(character);
    }
  }

  end(): Processed {
    this.#endWord();
    return { text: this.#all.join(''), words: this.#words };
  }

  #endWord(): void {
    const word = this.#word.join('');
    if (word !== '') this.#words.push(word);
    this.#word = [];
  }
}
