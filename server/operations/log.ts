/** How much is logged: each level with those before it. */
export const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `json`: one object a line, for programs; `text`: one line for people. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * What can be said of an event. A closed list: nothing that a learner typed, named or made has a place in it. Sentences
 * (`message`, `why`) are the server's own, without what stands in their `backticks`.
 */
export interface LogFields {
  readonly message?: string;
  readonly session?: string;
  /** A few letters of a hash: tells learners apart, and is of no use elsewhere. */
  readonly learner?: string;
  readonly lesson?: string | null;
  readonly state?: string;
  readonly outcome?: string;
  readonly why?: string;
  readonly tasksDone?: number;
  readonly milliseconds?: number;
  readonly method?: string;
  /** As the program names it, `/sessions/:id`: never the path that was asked for. */
  readonly route?: string;
  readonly status?: number;
}

export interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Takes one line, without its end. */
  readonly write: (line: string) => void;
}

/** Sentences of the server's name machines so. */
const SESSION = /\bsession ([a-z0-9]{16})\b/;

/** Frames of a stack that are kept. */
const FRAMES_MAX = 12;

/** Errors that the language itself throws at a mistake of the program: their texts name what is in the program, not what is in its data. */
const OF_THE_PROGRAM = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SupervisorError']);

/** What happens in the server, one line an event. */
export class Log {
  readonly #options: LogOptions;
  readonly #depth: number;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#depth = LOG_LEVELS.indexOf(options.level);
  }

  event(level: LogLevel, event: string, fields: LogFields = {}): void {
    this.#line(level, event, fields);
  }

  /** Something is not as it should be, in a sentence of ours. Of an error, no more is said than where it came from. */
  readonly report = (message: string, error?: unknown): void => {
    const session = SESSION.exec(message)?.[1];
    this.#line(error === undefined ? 'warning' : 'error', 'report', {
      message: withoutNames(message),
      ...(session !== undefined && { session }),
      ...(error !== undefined && describeError(error)),
    });
  };

  #line(level: LogLevel, event: string, fields: object): void {
    if (LOG_LEVELS.indexOf(level) > this.#depth) return;
    const time = new Date().toISOString();
    const { format, write } = this.#options;
    write(
      format === 'json'
        ? JSON.stringify({ time, level, event, ...fields })
        : asText(time, level, event, fields),
    );
  }
}

/** A sentence without what it quotes: names of processes, images and files are learners'. */
export const withoutNames = (sentence: string): string => sentence.replaceAll(/`[^`]*(`|$)/g, '`…`');

/** Name, code and stack. The text of an error often quotes what it failed on, a path or a line of a file, so most have none. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const { code, syscall } = error as NodeJS.ErrnoException;
  const own = OF_THE_PROGRAM.has(error.name) || OF_THE_PROGRAM.has(error.constructor.name);
  return {
    error: error.constructor.name,
    ...(typeof code === 'string' && { code }),
    ...(typeof syscall === 'string' && { syscall }),
    ...(own && { text: withoutNames(error.message) }),
    stack: framesOf(error),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}

/** The places alone: a stack begins with the error's text, which may have lines that look like frames. */
function framesOf({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message);
  return (at === -1 ? stack : stack.slice(at + message.length))
    .split('\n')
    .slice(1)
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES_MAX)
    .map((line) => line.trim());
}

function asText(time: string, level: LogLevel, event: string, fields: object): string {
  const words = Object.entries(fields)
    .filter(([name]) => name !== 'message')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const message = 'message' in fields ? String(fields.message) : event;
  return [time, level, message, ...words].join(' ').replaceAll(CONTROLS, escaped);
}

/** What would end the line, or tell the reader's terminal to do something. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;

const escaped = (character: string): string =>
  character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
