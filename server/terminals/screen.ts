import serializeAddon from '@xterm/addon-serialize';
import headless from '@xterm/headless';
import { completeLength } from './escape.ts';
import { isPlain, PlainOutput } from './plain.ts';
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

/** Plain output waits so long for more: of a flood only what will be left of it is parsed, and not each key by itself. */
const PLAIN_REST_MS = 100;

/** Code units of plain output that wait at most: twice a full scroll-back, so that forgetting is worth the search. */
const PLAIN_MAX = 2 * SCROLLBACK_CELLS;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenEvents {
  /** What a program's queries are to be answered with. */
  readonly reply: (data: string) => void;
  /** `unparsed` fell. */
  readonly parsed?: () => void;
}

/**
 * What a terminal shows, kept on the server. `write` only queues (xterm parses in slices of some milliseconds), but
 * everything here happens in the order of the calls. Plain output is put off (decision 0088).
 */
export class Screen {
  readonly #terminal: headless.Terminal;
  readonly #serialize = new serializeAddon.SerializeAddon();
  readonly #events: ScreenEvents;
  readonly #plain = new PlainOutput();
  #rest: NodeJS.Timeout | undefined;
  /** Part of the normal screen scrolls by itself. */
  #margins = false;
  #unparsed = 0;
  /** The beginning of an escape sequence whose end is yet to come. */
  #begun = '';

  constructor(size: Size, events: ScreenEvents) {
    this.#events = events;
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
    this.#terminal.parser.registerCsiHandler({ final: 'r' }, ([top, bottom]) =>
      this.#noteMargins(top, bottom),
    );
    this.#terminal.onData(events.reply);
  }

  /** Code units that are being parsed; those of plain output that was put off have a bound of their own. */
  get unparsed(): number {
    return this.#unparsed;
  }

  get size(): Size {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  write(output: string): void {
    if (this.#begun === '' && isPlain(output)) {
      this.#plain.push(output);
      if (this.#plain.length > PLAIN_MAX) this.#forget();
      if (this.#plain.length > PLAIN_MAX) this.#parsePlain();
      else this.#restPlain();
      return;
    }
    this.#parsePlain();
    const all = this.#begun + output;
    const complete = completeLength(all);
    const whole = all.length - complete > SEQUENCE_MAX ? all.length : complete;
    this.#begun = all.slice(whole);
    this.#parse(all.slice(0, whole));
  }

  /** Calls `act` when all that was written before is drawn, and nothing that is written later. */
  after(act: () => void): void {
    this.#parsePlain();
    this.#terminal.write('', act);
  }

  /** Text that draws the screen as it is after all that was written before this call, and the size it has then. */
  snapshot(): Promise<Size & { readonly screen: string }> {
    // Parsers keep to themselves what they have of an unfinished sequence: it goes along as text.
    const begun = this.#begun;
    return new Promise((resolve) => {
      this.after(() => resolve({ screen: this.#serialize.serialize() + begun, ...this.size }));
    });
  }

  resize(size: Size): void {
    this.#parsePlain();
    const scrollback = scrollbackFor(size);
    // What does not fit any more goes before lines get wider, what fits again may come after.
    if (scrollback < (this.#terminal.options.scrollback ?? 0)) this.#terminal.options.scrollback = scrollback;
    this.#terminal.resize(size.columns, size.rows);
    this.#terminal.options.scrollback = scrollback;
  }

  dispose(): void {
    clearTimeout(this.#rest);
    this.#terminal.dispose();
  }

  #restPlain(): void {
    if (this.#rest) this.#rest.refresh();
    else this.#rest = setTimeout(() => this.#parsePlain(), PLAIN_REST_MS);
  }

  #parsePlain(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    if (this.#plain.length === 0) return;
    this.#forget();
    this.#parse(this.#plain.take());
  }

  #parse(text: string): void {
    this.#unparsed += text.length;
    this.#terminal.write(text, () => {
      this.#unparsed -= text.length;
      this.#events.parsed?.();
    });
  }

  /**
   * Plain lines that push each other out of the scroll-back need not be parsed, if it is known that they do: the screen
   * is the normal one, and scrolls as a whole. The first of those that stay may stand anywhere on the screen, and go over what is
   * below it, so as many more as there are rows push that out, too.
   */
  #forget(): void {
    const { rows, buffer, options } = this.#terminal;
    if (this.#unparsed > 0 || this.#margins || buffer.active.type !== 'normal') return;
    const lines = (options.scrollback ?? 0) + 2 * rows;
    // Each takes two code units at least.
    if (this.#plain.length > 2 * lines) this.#plain.keep(lines);
  }

  /** Lets the terminal set them, whatever is told here. */
  #noteMargins(top: number | number[] | undefined, bottom: number | number[] | undefined): boolean {
    const whole =
      Number(top ?? 0) <= 1 && (Number(bottom ?? 0) === 0 || Number(bottom) >= this.#terminal.rows);
    if (this.#terminal.buffer.active.type === 'normal') this.#margins = !whole;
    return false;
  }
}

function scrollbackFor({ columns }: Size): number {
  return Math.min(SCROLLBACK_LINES, Math.floor(SCROLLBACK_CELLS / columns));
}
