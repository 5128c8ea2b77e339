import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Transform, pipeline, type Readable } from 'node:stream';
import { execFailureOf, loggedExecFailure } from './crun-errors.ts';
import type { Program } from './program.ts';

/** What a process was to execute, and where crun says what went wrong. */
export interface Launching {
  /** File for crun's own messages. */
  readonly log: string;
  readonly program: Program;
}

/**
 * All that a terminal's programs print. What crun 1.8 reads only after the end of a very short process it takes for an
 * error message, and writes to its log.
 */
export async function* withRest(
  output: Readable,
  exited: Promise<unknown>,
  launching: Launching,
): AsyncGenerator<Buffer> {
  const words = new FirstWords(launching, '\r\n');
  for await (const chunk of output as AsyncIterable<Buffer>) yield words.of(chunk);
  await exited;
  const logged = await readFile(launching.log).catch(() => NOTHING);
  const isRest = logged.byteLength > 0 && !logged.toString('latin1', 0, 7).startsWith('{"msg"');
  yield isRest ? words.of(joinLogged(logged)) : words.atEnd();
}

/** The standard error of a process, or in its place why there is none. Whoever destroys it ends `source` too. */
export function inWords(source: Readable, launching: Launching): Readable {
  const words = new FirstWords(launching, '\n');
  const transform = new Transform({
    transform: (chunk: Buffer, _, done) => done(null, words.of(chunk)),
    flush: (done) => done(null, words.atEnd()),
  });
  return pipeline(source, transform, () => undefined);
}

const NOTHING = Buffer.alloc(0);
/** On a terminal, crun writes this first, and its message after it. */
const RED = '\u001b[1;31m';
/** All that `crun exec` prints of it. */
const EXEC_MESSAGE = /^(?:\u001b\[1;31m)?exec: [A-Z][a-z ]+(?:\u001b\[0m)?\r?\n?$/;

/** Output that begins with crun's message about a program that the kernel does not take has that message in runc's words. */
class FirstWords {
  readonly #launching: Launching;
  readonly #lineEnd: string;
  /** What may be the beginning of such a message, or the whole of one. */
  #held = NOTHING;
  #state: 'first' | 'output' | 'failure' = 'first';

  constructor(launching: Launching, lineEnd: string) {
    this.#launching = launching;
    this.#lineEnd = lineEnd;
  }

  of(chunk: Buffer): Buffer {
    if (this.#state === 'output') return chunk;
    // What did not begin prints nothing itself.
    if (this.#state === 'failure') return NOTHING;
    const first = Buffer.concat([this.#held, chunk]);
    const text = first.toString();
    const words = execFailureOf(text, this.#launching.program);
    if (words !== undefined) return this.#failure(words);
    const isOpen = text === RED || EXEC_MESSAGE.test(text);
    this.#held = isOpen ? first : NOTHING;
    if (isOpen) return NOTHING;
    this.#state = 'output';
    return first;
  }

  /** What is left to be said when there is no more output. A command that prints what crun would has nothing in the log. */
  atEnd(): Buffer {
    if (this.#state !== 'first') return NOTHING;
    const words = loggedExecFailure(this.#log(), this.#launching.program);
    return words === undefined ? this.#held : this.#failure(words);
  }

  #failure(words: string): Buffer {
    this.#state = 'failure';
    return Buffer.from(words + this.#lineEnd);
  }

  #log(): string {
    try {
      return readFileSync(this.#launching.log, 'utf8');
    } catch {
      return '';
    }
  }
}

/** crun's pieces have this many bytes at most, and each gets a newline. */
const LOGGED_PIECE_BYTES = 255;

/** The bytes that crun read, out of what it made of them. */
export function joinLogged(logged: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < logged.byteLength; at += LOGGED_PIECE_BYTES + 1) {
    const end = Math.min(at + LOGGED_PIECE_BYTES, logged.byteLength - 1);
    pieces.push(logged.subarray(at, end));
  }
  return Buffer.concat(pieces);
}
