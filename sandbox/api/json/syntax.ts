/**
 * Finds the first JSON value of a text, and says what is wrong with one that is none in the words of Go's
 * `encoding/json`: they are what the daemon's users read. Only for texts that `JSON.parse` refuses.
 */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** The index after the first value of `text`, which may have anything behind it. Throws JsonSyntaxError. */
export function endOfFirstValue(text: string): number {
  const scanner = new Scanner(text);
  scanner.value('looking for beginning of value');
  return scanner.index;
}

const BLANK = ' \t\r\n';
const ESCAPED = '"\\/bfnrt';
const HEX = /^[0-9a-fA-F]$/;
const DIGIT = /^[0-9]$/;

/** Deeper values than this are refused, as in Go. */
const DEEPEST = 10_000;

/** How what begins with the one letter ends. */
const ENDS: ReadonlyMap<string, '}' | ']'> = new Map([
  ['{', '}'],
  ['[', ']'],
]);

class Scanner {
  index = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** What is open is kept in a list: the stack of calls is too short for the deepest that Go takes. */
  value(context: string): void {
    const open: ('}' | ']')[] = [];
    let wanted = context;
    do {
      this.#skipBlanks();
      const end = ENDS.get(this.#peek());
      const isOpen = end !== undefined && this.#opens(end, open);
      if (end === undefined) this.#scalar(wanted);
      wanted = 'looking for beginning of value';
      if (isOpen && end === '}') this.#key();
      if (!isOpen) this.#goOn(open);
    } while (open.length > 0);
  }

  #scalar(context: string): void {
    const first = this.#peek();
    if (first === '"') this.#string();
    else if (first === '-' || DIGIT.test(first)) this.#number();
    else if (first === 't') this.#literal('true');
    else if (first === 'f') this.#literal('false');
    else if (first === 'n') this.#literal('null');
    else this.#refuse(context);
  }

  /** Begins an object or an array; false when there is nothing in it, so that it has ended too. */
  #opens(end: '}' | ']', open: ('}' | ']')[]): boolean {
    if (open.length >= DEEPEST) this.#refuse('exceeded max depth');
    this.index += 1;
    this.#skipBlanks();
    if (this.#peek() !== end) return open.push(end) > 0;
    this.index += 1;
    return false;
  }

  #key(): void {
    this.#skipBlanks();
    if (this.#peek() !== '"') this.#refuse('looking for beginning of object key string');
    this.#string();
    this.#skipBlanks();
    if (this.#peek() !== ':') this.#refuse('after object key');
    this.index += 1;
  }

  /** After a value: ends what ends with it, up to where the next value stands. */
  #goOn(open: ('}' | ']')[]): void {
    for (let end = open.at(-1); end !== undefined; end = open.at(-1)) {
      this.#skipBlanks();
      const letter = this.#peek();
      if (letter === ',') {
        this.index += 1;
        if (end === '}') this.#key();
        return;
      }
      if (letter !== end) this.#refuse(end === '}' ? 'after object key:value pair' : 'after array element');
      this.index += 1;
      open.pop();
    }
  }

  #string(): void {
    this.index += 1;
    for (;;) {
      const letter = this.#peek();
      if (letter < ' ') this.#refuse('in string literal');
      this.index += 1;
      if (letter === '"') return;
      if (letter === '\\') this.#escape();
    }
  }

  #escape(): void {
    const letter = this.#peek();
    if (letter !== 'u' && !ESCAPED.includes(letter)) this.#refuse('in string escape code');
    this.index += 1;
    for (let i = 0; letter === 'u' && i < 4; i++) {
      if (!HEX.test(this.#peek())) this.#refuse('in \\u hexadecimal character escape');
      this.index += 1;
    }
  }

  #number(): void {
    if (this.#peek() === '-') {
      this.index += 1;
      if (!DIGIT.test(this.#peek())) this.#refuse('in numeric literal');
    }
    if (this.#peek() === '0') this.index += 1;
    else this.#digits();
    if (this.#next() === '.') {
      this.index += 1;
      if (!DIGIT.test(this.#peek())) this.#refuse('after decimal point in numeric literal');
      this.#digits();
    }
    if (this.#next() === 'e' || this.#next() === 'E') {
      this.index += 1;
      if (this.#next() === '+' || this.#next() === '-') this.index += 1;
      if (!DIGIT.test(this.#peek())) this.#refuse('in exponent of numeric literal');
      this.#digits();
    }
  }

  #digits(): void {
    while (DIGIT.test(this.#next())) this.index += 1;
  }

  #literal(word: string): void {
    for (const [at, letter] of word.split('').entries()) {
      if (this.#peek() !== letter) {
        this.#refuse(
          at === 0 ? 'looking for beginning of value' : `in literal ${word} (expecting '${letter}')`,
        );
      }
      this.index += 1;
    }
  }

  #skipBlanks(): void {
    while (this.#next() !== '' && BLANK.includes(this.#next())) this.index += 1;
  }

  /** The next character; there has to be one. */
  #peek(): string {
    const letter = this.#next();
    if (letter === '') throw new JsonSyntaxError(this.#isBlank() ? 'EOF' : 'unexpected EOF');
    return letter;
  }

  /** The next character; empty at the end. */
  #next(): string {
    return this.#text.charAt(this.index);
  }

  #isBlank(): boolean {
    return this.#text.trim() === '';
  }

  #refuse(context: string): never {
    throw new JsonSyntaxError(`invalid character ${quoted(this.#peek())} ${context}`);
  }
}

function quoted(letter: string): string {
  if (letter === "'") return `'\\''`;
  if (letter === '"') return `'"'`;
  const escaped = JSON.stringify(letter).slice(1, -1);
  return `'${escaped.replace(/^\\u00/, '\\x')}'`;
}
