/**
 * Splits at blanks as a Dockerfile does: quotes and backslashes keep blanks together, and stay in the words for
 * `expand` to take away.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quote === '' && /\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += character;
    if (character === '\\' && quote !== "'") word += text.charAt(++i);
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  return word === '' ? words : [...words, word];
}

/**
 * Takes quotes and backslashes away, and puts variables in: `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME:+then}`,
 * `${NAME:?complaint}`. Throws `SyntaxMistake`.
 */
export function expand(word: string, variables: ReadonlyMap<string, string>): string {
  try {
    return new Expander(word, variables).run();
  } catch (error) {
    if (!(error instanceof SyntaxMistake)) throw error;
    throw new SyntaxMistake(`failed to process ${JSON.stringify(word)}: ${error.message}`);
  }
}

const MISSING_BRACE = "syntax error: missing '}'";

/** A mistake in the text; the caller knows where it stands. */
export class SyntaxMistake extends Error {}

class Expander {
  readonly #text: string;
  readonly #variables: ReadonlyMap<string, string>;
  #at = 0;

  constructor(text: string, variables: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#variables = variables;
  }

  /** Up to the end, or to a closing brace when inside of one. */
  run(until = ''): string {
    let result = '';
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === until) return result;
      if (character === "'") result += this.#single();
      else if (character === '"') result += this.#double();
      else if (character === '$') result += this.#variable();
      else if (character === '\\') result += this.#escaped();
      else result += this.#take();
    }
    if (until !== '') throw new SyntaxMistake(MISSING_BRACE);
    return result;
  }

  #take(): string {
    return this.#text.charAt(this.#at++);
  }

  #single(): string {
    this.#at++;
    const end = this.#text.indexOf("'", this.#at);
    if (end === -1)
      throw new SyntaxMistake('unexpected end of statement while looking for matching single-quote');
    const inner = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return inner;
  }

  #double(): string {
    this.#at++;
    let result = '';
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === '"') {
        this.#at++;
        return result;
      }
      if (character === '$') result += this.#variable();
      else if (character === '\\') result += this.#escapedInQuotes();
      else result += this.#take();
    }
    throw new SyntaxMistake('unexpected end of statement while looking for matching double-quote');
  }

  #escaped(): string {
    this.#at++;
    return this.#take();
  }

  /** Between double quotes a backslash only takes the meaning of what means something there. */
  #escapedInQuotes(): string {
    this.#at++;
    const next = this.#take();
    return ['"', '$', '\\'].includes(next) ? next : `\\${next}`;
  }

  #variable(): string {
    this.#at++;
    if (this.#text.charAt(this.#at) !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.#variables.get(name) ?? '');
    }
    this.#at++;
    if (this.#at >= this.#text.length) throw new SyntaxMistake(MISSING_BRACE);
    const name = this.#name();
    if (name === '') throw new SyntaxMistake('syntax error: bad substitution');
    const next = this.#take();
    if (next === '}') return this.#variables.get(name) ?? '';
    if (next !== ':') throw new SyntaxMistake("missing ':' in substitution");
    const modifier = this.#take();
    const word = this.run('}');
    this.#at++;
    return this.#modified(name, modifier, word);
  }

  #modified(name: string, modifier: string, word: string): string {
    const value = this.#variables.get(name) ?? '';
    if (modifier === '-') return value === '' ? word : value;
    if (modifier === '+') return value === '' ? '' : word;
    if (modifier !== '?') throw new SyntaxMistake(`unsupported modifier (${modifier}) in substitution`);
    if (value === '')
      throw new SyntaxMistake(`${name}: ${word === '' ? 'is not allowed to be unset' : word}`);
    return value;
  }

  #name(): string {
    const found = /^(?:[A-Za-z_]\w*|\d|[@*#?$!-])/.exec(this.#text.slice(this.#at));
    const name = found?.[0] ?? '';
    this.#at += name.length;
    return name;
  }
}
