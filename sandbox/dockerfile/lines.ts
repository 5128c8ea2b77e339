import { DockerfileError } from './error.ts';
import { heredocsOf, type Heredoc, type HeredocBody } from './heredoc.ts';
import type { Escape, Lines } from './model.ts';
import { trimStart } from './space.ts';
import { heldBy, parseStatement, type Statement } from './statement.ts';

/** An instruction as the file has it. */
export interface Placed extends Statement {
  readonly lines: Lines;
  readonly heredocs: readonly HeredocBody[];
}

export interface Read {
  readonly escape: Escape;
  readonly syntax?: string;
  readonly statements: readonly Placed[];
  readonly warnings: readonly string[];
}

/** Bytes of one line, its end not counted (Go's `bufio.MaxScanTokenSize` less one). */
const LONGEST_LINE = 65_535;

/** Cuts a text into instructions. Throws `DockerfileError` for what no instruction can be made of. */
export function readStatements(text: string): Read {
  return new Reader(text).read();
}

class Reader {
  readonly #lines: readonly string[];
  readonly #tooLong: boolean;
  readonly #warnings: string[] = [];
  readonly #directives: Directives = new Directives();
  /** Lines read so far, which is the number of the last one read. */
  #at = 0;

  constructor(text: string) {
    const lines = text.replace(/^\ufeff/u, '').split(/(?<=\n)/u);
    // What is behind a line that is too long is not read; whether that is a mistake is known at the end.
    const tooLong = lines.findIndex((line) => isTooLong(line));
    this.#lines = tooLong === -1 ? lines : lines.slice(0, tooLong);
    this.#tooLong = tooLong !== -1;
  }

  read(): Read {
    const statements: Placed[] = [];
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      const placed = this.#statement(trimStart(line));
      if (placed) statements.push(placed);
    }
    if (statements.length === 0) throw new DockerfileError('file with no instructions');
    if (this.#tooLong) {
      throw new DockerfileError(`dockerfile line greater than max allowed size of ${LONGEST_LINE}`);
    }
    const { escape, syntax } = this.#directives;
    return {
      escape,
      ...(syntax !== undefined && { syntax }),
      statements,
      warnings: this.#warnings.length === 0 ? [] : [...this.#warnings, FUTURE],
    };
  }

  /** With its end; undefined after the last one. */
  #nextLine(): string | undefined {
    const line = this.#lines[this.#at];
    if (line !== undefined) this.#at++;
    return line === '' ? undefined : line;
  }

  #statement(first: string): Placed | undefined {
    const line = withoutEnd(first);
    this.#directives.read(line, this.#at);
    const start = this.#at;
    const begun = this.#continued(isComment(line) ? '' : line);
    if (!begun.continues && begun.text === '') return undefined;
    const text = begun.continues ? this.#joined(begun.text) : begun.text;
    const statement = parseStatement(text, this.#directives.escape);
    const heredocs = heredocHolder(statement) ? heredocsOf(text) : [];
    return {
      ...statement,
      heredocs: heredocs.map((heredoc) => this.#body(heredoc)),
      lines: { start, end: this.#at },
    };
  }

  /** The line without the character that continues it. */
  #continued(line: string): { text: string; continues: boolean } {
    const end = this.#directives.continuation.exec(line);
    return end ? { text: line.slice(0, end.index), continues: true } : { text: line, continues: false };
  }

  #joined(begin: string): string {
    const parts = [begin];
    let hasEmpty = false;
    for (let continues = true; continues;) {
      const line = this.#nextLine();
      if (line === undefined) break;
      const content = withoutEnd(line);
      if (isComment(trimStart(content))) continue;
      if (trimStart(content) === '') {
        hasEmpty = true;
        continue;
      }
      const more = this.#continued(content);
      parts.push(more.text);
      continues = more.continues;
    }
    const text = parts.join('');
    if (hasEmpty) this.#warnings.push('[WARNING]: Empty continuation line found in:', `    ${text}`);
    return text;
  }

  #body(heredoc: Heredoc): HeredocBody {
    const lines: string[] = [];
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      const content = withoutEnd(line);
      if ((heredoc.chomp ? content.replace(/^\t+/u, '') : content) === heredoc.name) {
        return { ...heredoc, body: lines.join('') };
      }
      lines.push(line);
    }
    throw new DockerfileError('unterminated heredoc');
  }
}

const FUTURE = '[WARNING]: Empty continuation lines will become errors in a future release.';

/** Comments at the top that say how to read the rest; the first line that is none ends them. */
class Directives {
  escape: Escape = '\\';
  syntax: string | undefined;
  continuation = CONTINUATION['\\'];
  #done = false;
  readonly #seen = new Set<string>();

  read(line: string, number: number): void {
    if (this.#done) return;
    const [, written = '', value = ''] =
      /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S(?:.*\S)?)\s*$/u.exec(line) ?? [];
    const name = written.toLowerCase();
    if (name !== 'escape' && name !== 'syntax') {
      this.#done = true;
      return;
    }
    if (this.#seen.has(name)) {
      throw new DockerfileError(`only one ${name} parser directive can be used`, number);
    }
    this.#seen.add(name);
    if (name === 'syntax') this.syntax = value;
    else this.#setEscape(value, number);
  }

  #setEscape(value: string, number: number): void {
    if (value !== '\\' && value !== '`') {
      throw new DockerfileError(`invalid escape token '${value}' does not match \` or \\`, number);
    }
    this.escape = value;
    this.continuation = CONTINUATION[value];
  }
}

/** One escape character at the end, or alone on its line; of two the second is escaped. */
const CONTINUATION: Readonly<Record<Escape, RegExp>> = {
  '\\': /(?<!\\)\\[ \t]*$/u,
  '`': /(?<!`)`[ \t]*$/u,
};

function isComment(line: string): boolean {
  return line.startsWith('#');
}

function withoutEnd(line: string): string {
  return line.replace(/\n$/u, '').replace(/\r$/u, '');
}

function isTooLong(line: string): boolean {
  const content = line.endsWith('\n') ? line.slice(0, -1) : line;
  return content.length > LONGEST_LINE || Buffer.byteLength(content) > LONGEST_LINE;
}

function heredocHolder(statement: Statement): boolean {
  const { name, args, json, original } = statement;
  if (name !== 'onbuild') return ['add', 'copy', 'run'].includes(name) && !json;
  const [held] = args;
  return held !== undefined && held !== 'onbuild' && heredocHolder(parseStatement(heldBy(original), '\\'));
}
