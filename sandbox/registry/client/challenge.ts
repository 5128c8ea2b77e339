/** One way to authorize, out of a `WWW-Authenticate` header (RFC 7235, section 4.1). */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;

/** What each of the headers asks for; one that cannot be read asks for nothing. */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap((header) => {
    const reader = new Reader(header);
    const scheme = reader.token().toLowerCase();
    return scheme === '' ? [] : [{ scheme, parameters: reader.parameters() }];
  });
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  token(): string {
    this.#skipSpace();
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  parameters(): Map<string, string> {
    const parameters = new Map<string, string>();
    for (;;) {
      const name = this.token().toLowerCase();
      if (name === '' || !this.#take('=')) return parameters;
      parameters.set(name, this.#value());
      if (!this.#take(',')) return parameters;
    }
  }

  #value(): string {
    if (!this.#take('"')) return this.token();
    let value = '';
    for (;;) {
      const next = this.#text[this.#at++];
      if (next === undefined || next === '"') return value;
      value += next === '\\' ? (this.#text[this.#at++] ?? '') : next;
    }
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
  }
}
