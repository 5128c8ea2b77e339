import { setTimeout as sleep } from 'node:timers/promises';
import { TERMINAL_WINDOW, type ServerToClient, type TerminalScreen } from '../protocol.ts';
import type { EngineClient } from '../engine/client.ts';
import { Nothing } from '../engine/schemas.ts';
import { TerminalFeed } from './feed.ts';
import { OutputLog } from './output-log.ts';
import { isTerminalReply } from './replies.ts';
import { Screen, type Size } from './screen.ts';

/** Code units in one message to a page. */
const MESSAGE_MAX = 64 * 1024;

/** Code units a page may lag behind a faster one; further behind it gets the screen anew instead. */
export const LAG_MAX = 4 * TERMINAL_WINDOW;

/** Code units that may wait to be parsed by the server's own screen. */
const UNPARSED_MAX = 1024 * 1024;

/** Bytes a second that a terminal nobody watches may print: enough for a build, too little to heat the host. */
const UNWATCHED_RATE = 2 * 1024 * 1024;

/** Between two sizes of a screen at least, in milliseconds, and as a multiple of what the first one took. */
const RESIZE_REST_MS = 50;
const RESIZE_REST_FACTOR = 10;

/** One page that shows the terminal. */
export interface TerminalPage {
  readonly output: ServerToClient['terminal:output'];
  readonly screen: ServerToClient['terminal:screen'];
}

interface Watcher {
  size: Size;
  /** False while its screen is being made: output waits in the log. */
  ready: boolean;
  sent: number;
  acknowledged: number;
}

export interface TerminalOptions {
  readonly engine: EngineClient;
  readonly id: string;
  readonly size: Size;
  /** Bytes printed before now. */
  readonly printed: number;
  readonly ended: boolean;
  readonly onEnded: () => void;
  /** Hears what the shell prints, once; not what is only replayed. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/**
 * One terminal of a session: a screen that is kept while no page looks, and any number of pages.
 *
 * Each page may have TERMINAL_WINDOW code units on the way. The fastest page sets the pace: when it lags a whole window
 * the engine is no longer read. A page that is slower than another one is brought up to date by a screen.
 */
export class Terminal {
  readonly id: string;
  #replayed: () => void = () => undefined;
  /** Resolves when what was printed before is on the screen's way. */
  readonly replayed = new Promise<void>((resolve) => (this.#replayed = resolve));
  readonly #engine: EngineClient;
  readonly #onEnded: () => void;
  readonly #onOutput: ((text: string) => void) | undefined;
  readonly #screen: Screen;
  readonly #log = new OutputLog();
  readonly #pages = new Map<TerminalPage, Watcher>();
  #feed: TerminalFeed | undefined;
  #decoder = new TextDecoder();
  #replaying = false;
  #ended: boolean;
  #restUntil: NodeJS.Timeout | undefined;
  #active: TerminalPage | undefined;
  #resizing: Promise<void> | undefined;
  /** When the screen may get another size, on the clock of `performance.now`. */
  #resizableAtMs = 0;
  #wantedSize: Size;

  constructor(options: TerminalOptions) {
    this.id = options.id;
    this.#engine = options.engine;
    this.#onEnded = options.onEnded;
    this.#onOutput = options.onOutput;
    this.#ended = options.ended;
    this.#wantedSize = options.size;
    this.#screen = new Screen(options.size, {
      reply: (data) => {
        if (!this.#replaying) this.#feed?.write(data);
      },
      parsed: () => this.#regulate(),
    });
    this.#feed = new TerminalFeed(options.engine, options, {
      bytes: (chunk, replayed) => this.receive(chunk, replayed),
      replayed: () => this.#replayed(),
      gap: () => (this.#decoder = new TextDecoder()),
      ended: () => this.#end(),
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Shows the terminal on `page`: `deliver` gets the screen, and output follows it without a gap or an overlap. */
  async attach(page: TerminalPage, size: Size, deliver: (screen: TerminalScreen) => void): Promise<void> {
    this.#active = page;
    this.#setSize(size);
    await this.#draw(page, size, deliver);
  }

  detach(page: TerminalPage): void {
    this.#pages.delete(page);
    if (this.#active === page) this.#active = undefined;
    this.#trim();
    this.#regulate();
  }

  acknowledge(page: TerminalPage, offset: number): void {
    const watcher = this.#pages.get(page);
    if (!watcher || offset <= watcher.acknowledged || offset > watcher.sent) return;
    watcher.acknowledged = offset;
    this.#pump(page, watcher);
    this.#regulate();
  }

  /** Returns false when the program has too much unread input already. */
  input(page: TerminalPage, data: string): boolean {
    if (this.#ended || isTerminalReply(data)) return true;
    const watcher = this.#pages.get(page);
    if (watcher && this.#active !== page) {
      this.#active = page;
      this.#setSize(watcher.size);
    }
    return this.#feed?.write(data) ?? true;
  }

  /** The page's window changed; the terminal follows the page that was used last. */
  resize(page: TerminalPage, size: Size): void {
    const watcher = this.#pages.get(page);
    if (!watcher) return;
    watcher.size = size;
    if (this.#active === page || this.#pages.size === 1) this.#setSize(size);
  }

  dispose(): void {
    clearTimeout(this.#restUntil);
    this.#feed?.close();
    this.#feed = undefined;
    this.#pages.clear();
    this.#screen.dispose();
  }

  /** Output of the shell, in whatever pieces; `replayed` when it had been printed before this object was made. */
  receive(chunk: Buffer, replayed = false): void {
    this.#show(this.#decoder.decode(chunk, { stream: true }), replayed);
    if (this.#pages.size === 0) this.#rest((chunk.length * 1000) / UNWATCHED_RATE);
    this.#regulate();
  }

  #show(text: string, replayed: boolean): void {
    if (text === '') return;
    this.#log.append(text);
    for (const [page, watcher] of this.#pages) this.#pump(page, watcher);
    this.#trim();
    // Queries in what is only replayed were answered when they were new.
    if (replayed) this.#screen.after(() => (this.#replaying = true));
    this.#screen.write(text);
    if (replayed) this.#screen.after(() => (this.#replaying = false));
    else this.#onOutput?.(text);
  }

  #end(): void {
    this.#show(this.#decoder.decode(), false);
    this.#ended = true;
    this.#feed?.close();
    this.#onEnded();
  }

  #pump(page: TerminalPage, watcher: Watcher): void {
    while (watcher.ready && watcher.sent < this.#log.end) {
      const room = TERMINAL_WINDOW - (watcher.sent - watcher.acknowledged);
      if (room <= 0) return;
      if (watcher.sent < this.#log.start) {
        void this.#draw(page, watcher.size, (screen) => page.screen({ id: this.id, ...screen }));
        return;
      }
      const data = this.#log.read(watcher.sent, Math.min(room, MESSAGE_MAX));
      const offset = watcher.sent;
      watcher.sent += data.length;
      page.output({ id: this.id, offset, data });
    }
  }

  async #draw(page: TerminalPage, size: Size, deliver: (screen: TerminalScreen) => void): Promise<void> {
    const offset = this.#log.end;
    const watcher: Watcher = { size, ready: false, sent: offset, acknowledged: offset };
    this.#pages.set(page, watcher);
    const snapshot = this.#screen.snapshot();
    this.#trim();
    deliver({ offset, ...(await snapshot) });
    if (this.#pages.get(page) !== watcher) return;
    watcher.ready = true;
    this.#pump(page, watcher);
    this.#regulate();
  }

  /** Forgets what every page has been sent, and what no page may lag behind. */
  #trim(): void {
    let needed = this.#log.end;
    for (const { sent } of this.#pages.values()) needed = Math.min(needed, sent);
    this.#log.trim(Math.max(needed, this.#log.end - LAG_MAX));
  }

  #regulate(): void {
    const lags = [...this.#pages.values()].map(({ acknowledged }) => this.#log.end - acknowledged);
    const allLag = lags.length > 0 && lags.every((lag) => lag >= TERMINAL_WINDOW);
    this.#feed?.hold(allLag || this.#restUntil !== undefined || this.#screen.unparsed > UNPARSED_MAX);
  }

  #rest(durationMs: number): void {
    // A timer is for floods; a few lines cost nothing.
    if (durationMs < 2 || this.#restUntil) return;
    this.#restUntil = setTimeout(() => {
      this.#restUntil = undefined;
      this.#regulate();
    }, durationMs);
  }

  #setSize(size: Size): void {
    if (size.columns === this.#wantedSize.columns && size.rows === this.#wantedSize.rows) return;
    this.#wantedSize = size;
    if (this.#resizing) return;
    this.#resizing = this.#followSize().finally(() => (this.#resizing = undefined));
    // What is typed in a window is for a program that knows this window's size.
    void this.#feed?.keepInput(this.#resizing);
  }

  /**
   * Brings screen and shell to the wanted size, one size after another, so that the last is the one that stays. Lines are
   * laid out anew each time, which takes long when there are many: sizes that come in between are left out.
   */
  async #followSize(): Promise<void> {
    let told: Size | undefined;
    while (told !== this.#wantedSize && !this.#ended) {
      const restMs = this.#resizableAtMs - performance.now();
      if (restMs > 0) await sleep(restMs, undefined, { ref: false });
      if (this.#feed === undefined) return;
      told = this.#wantedSize;
      this.#resizeScreen(told);
      const path = `/slipway/terminals/${this.id}/resize?columns=${told.columns}&rows=${told.rows}`;
      await this.#engine.call('POST', path, Nothing).catch(() => undefined);
    }
  }

  #resizeScreen(size: Size): void {
    const begunMs = performance.now();
    this.#screen.resize(size);
    const endedMs = performance.now();
    this.#resizableAtMs = endedMs + Math.max(RESIZE_REST_MS, (endedMs - begunMs) * RESIZE_REST_FACTOR);
  }
}
