import serializeAddon from '@xterm/addon-serialize';
import headless from '@xterm/headless';
import { completeLength } from './escape.ts';
import { measureAsPages } from './widths.ts';

/** A string sequence longer than this is drawn as it comes; a screen made in its middle may then be inexact. */
const SEQUENCE_MAX = 64 * 1024;

/** Lines of scroll-back kept for each terminal. */
export const SCROLLBACK_LINES = 10_000;

/**
 * Cells of scroll-back kept for each terminal: 10,000 lines of 160 columns, fewer of wider ones. A cell takes 12 bytes,
 * so that a full screen is 19 MB and not whatever a page says its width is.
 */
const SCROLLBACK_CELLS = SCROLLBACK_LINES * 160;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/**
 * What a terminal shows, kept on the server. `write` only queues (xterm parses in slices of some milliseconds), but
 * everything here happens in the order of the calls.
 */
export class Screen {
  readonly #terminal: headless.Terminal;
  readonly #serialize = new serializeAddon.SerializeAddon();
  #unparsed = 0;
  /** The beginning of an escape sequence whose end is yet to come. */
  #begun = '';

  /** `onReply` gets what a program's queries are to be answered with. */
  constructor(size: Size, onReply: (data: string) => void) {
    this.#terminal = new headless.Terminal({
      cols: size.columns,
      rows: size.rows,
      scrollback: scrollbackFor(size),
      allowProposedApi: true,
    });
    this.#terminal.loadAddon(this.#serialize);
    measureAsPages(this.#terminal);
    // Links are the page's: a snapshot has none, and here they would be kept for as long as any line that has them.
    this.#terminal.parser.registerOscHandler(8, () => true);
    this.#terminal.onData(onReply);
  }

  /** Code units that are written and not yet parsed. */
  get unparsed(): number {
    return this.#unparsed;
  }

  get size(): Size {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  write(output: string, parsed?: () => void): void {
    const all = this.#begun + output;
    const complete = completeLength(all);
    const whole = all.length - complete > SEQUENCE_MAX ? all.length : complete;
    this.#begun = all.slice(whole);
    const text = all.slice(0, whole);
    this.#unparsed += text.length;
    this.#terminal.write(text, () => {
      this.#unparsed -= text.length;
      parsed?.();
    });
  }

  /** Text that draws the screen as it is after all that was written before this call. */
  snapshot(): Promise<string> {
    // Parsers keep to themselves what they have of an unfinished sequence: it goes along as text.
    const begun = this.#begun;
    return new Promise((resolve) => {
      // The callback runs before anything written later is parsed.
      this.#terminal.write('', () => resolve(this.#serialize.serialize() + begun));
    });
  }

  resize(size: Size): void {
    const scrollback = scrollbackFor(size);
    // What does not fit any more goes before lines get wider, what fits again may come after.
    if (scrollback < (this.#terminal.options.scrollback ?? 0)) this.#terminal.options.scrollback = scrollback;
    this.#terminal.resize(size.columns, size.rows);
    this.#terminal.options.scrollback = scrollback;
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

function scrollbackFor({ columns }: Size): number {
  return Math.min(SCROLLBACK_LINES, Math.floor(SCROLLBACK_CELLS / columns));
}
