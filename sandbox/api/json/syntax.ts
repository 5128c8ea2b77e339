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

class Scanner {
  index = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(context: string): void {
    this.#skipBlanks();
    const first = this.#peek();
    if (first === '{') this.#nested(() => this.#object());
    else if (first === '[') this.#nested(() => this.#array());
    else if (first === '"') this.#string();
    else if (first === '-' || DIGIT.test(first)) this.#number();
    else if (first === 't') this.#literal('true');
    else if (first === 'f') this.#literal('false');
    else if (first === 'n') this.#literal('null');
    else this.#refuse(context);
  }

  #nested(read: () => void): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new JsonSyntaxError('exceeded max depth');
    this.index += 1;
    this.#skipBlanks();
    read();
    this.index += 1;
    this.#depth -= 1;
  }

  #object(): void {
    if (this.#peek() === '}') return;
    for (;;) {
      this.#skipBlanks();
      if (this.#peek() !== '"') this.#refuse('looking for beginning of object key string');
      this.#string();
      this.#skipBlanks();
      if (this.#peek() !== ':') this.#refuse('after object key');
      this.index += 1;
      this.value('looking for beginning of value');
      this.#skipBlanks();
      if (this.#peek() === '}') return;
      if (this.#peek() !== ',') this.#refuse('after object key:value pair');
      this.index += 1;
    }
  }

  #array(): void {
    if (this.#peek() === ']') return;
    for (;;) {
      this.value('looking for beginning of value');
      this.#skipBlanks();
      if (this.#peek() === ']') return;
      if (this.#peek() !== ',') this.#refuse('after array element');
      this.index += 1;
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
