import { ClipboardAddon, type IClipboardProvider } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import type { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { TerminalScreen } from '../../server/protocol.ts';
import { copyText } from '../clipboard.ts';
import type { TerminalFace, TerminalSize } from './feed.ts';
import { FileLinks, type FileLinksOptions } from './file-links.ts';
import { hasGpu } from './gpu.ts';
import { keyMeaning, type KeyMeaning } from './keys.ts';
import { DARK, LIGHT } from './palette.ts';
import { leaveQuestionsUnanswered } from './queries.ts';

export interface EmulatorEvents extends FileLinksOptions {
  readonly input: (data: string) => void;
  readonly resize: (size: TerminalSize) => void;
  /** The learner asks to leave the terminal by the keyboard. */
  readonly leave: () => void;
  readonly find: () => void;
  /** Place and number of matches, counted from one; zero of zero when there are none. */
  readonly found: (place: number, count: number) => void;
  readonly pane: (action: 'split' | 'other') => void;
  /** Another terminal is shown beside this one. */
  readonly beside: () => boolean;
}

const SCROLLBACK_LINES = 10_000;
const SCROLLBAR_PX = 10;
const FONT_REM = 0.8125;
/** ESC c: xterm forgets screen, scroll-back and modes when the parser comes to it, so in the order of writing. */
const FULL_RESET = '\x1bc';
const FIND_DECORATIONS = {
  matchBackground: '#8a6d1d',
  activeMatchBackground: '#c4591b',
  matchOverviewRuler: '#8a6d1d',
  activeMatchColorOverviewRuler: '#c4591b',
};

/** Programs may put text on the learner's clipboard (OSC 52); none may read what is there. */
const writeOnlyClipboard: IClipboardProvider = {
  readText: () => '',
  writeText: async (_selection, text) => {
    await copyText(text);
  },
};

/** One xterm in one element of the page, with the learner's keys, colours and links. */
export class Emulator implements TerminalFace {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  /** Its code comes with the first search. */
  #search: Promise<SearchAddon> | null = null;
  #disposed = false;
  readonly #events: EmulatorEvents;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #recolour = () => (this.#terminal.options.theme = this.#dark.matches ? DARK : LIGHT);

  constructor(element: HTMLElement, events: EmulatorEvents, options: { screenReader: boolean }) {
    this.#events = events;
    this.#terminal = new Terminal({
      allowProposedApi: true,
      scrollback: SCROLLBACK_LINES,
      screenReaderMode: options.screenReader,
      fontFamily: getComputedStyle(element).getPropertyValue('--font-code'),
      fontSize: fontPx(),
      lineHeight: 1.2,
      minimumContrastRatio: 4.5,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      overviewRuler: { width: SCROLLBAR_PX },
      macOptionClickForcesSelection: true,
      linkHandler: { activate: (_event, url) => openLink(url), hover: this.#hover, leave: this.#unhover },
      theme: this.#dark.matches ? DARK : LIGHT,
    });
    this.#load();
    this.#terminal.open(element);
    void this.#loadGpuRenderer();
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    this.#terminal.onData(events.input);
    this.#terminal.onBinary(events.input);
    this.#dark.addEventListener('change', this.#recolour);
  }

  get size(): TerminalSize {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  restore({ screen, columns, rows }: TerminalScreen, drawn: () => void): void {
    // The size changes in the order of writing, too: what is still to be drawn was made for the old one.
    this.#terminal.write(FULL_RESET, () => this.#terminal.resize(columns, rows));
    this.#terminal.write(screen, () => {
      this.fit();
      drawn();
    });
  }

  write(data: string, drawn: () => void): void {
    this.#terminal.write(data, drawn);
  }

  run(command: string, enter: boolean): void {
    this.#terminal.scrollToBottom();
    // Several lines go as one paste, so that a shell takes them as one piece of input.
    if (command.includes('\n')) this.#terminal.paste(command);
    else this.#events.input(command);
    if (enter) this.#events.input('\r');
  }

  focus(): void {
    this.#terminal.focus();
  }

  setLive(live: boolean): void {
    this.#terminal.options.disableStdin = !live;
  }

  setScreenReader(on: boolean): void {
    this.#terminal.options.screenReaderMode = on;
  }

  setLabel(label: string): void {
    this.#terminal.textarea?.setAttribute('aria-label', label);
  }

  /** Takes the size of its element, if that is a size. */
  fit(): void {
    const before = this.size;
    if (this.#terminal.options.fontSize !== fontPx()) this.#terminal.options.fontSize = fontPx();
    this.#fit.fit();
    const { columns, rows } = this.size;
    if (columns !== before.columns || rows !== before.rows) this.#events.resize(this.size);
  }

  /** Rejects when the code for it could not be fetched. */
  async find(text: string, direction: 'next' | 'previous', incremental: boolean): Promise<void> {
    this.#search ??= this.#loadSearch();
    const search = await this.#search;
    const options = { incremental, decorations: FIND_DECORATIONS };
    if (direction === 'next') search.findNext(text, options);
    else search.findPrevious(text, options);
  }

  async endFind(): Promise<void> {
    this.#terminal.clearSelection();
    (await this.#search)?.clearDecorations();
  }

  /** The lines on the screen as text, for those who cannot look at it. */
  readScreen(): string {
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: this.#terminal.rows }, (_, row) =>
      active.getLine(active.viewportY + row)?.translateToString(true),
    );
    return lines.join('\n').trimEnd();
  }

  dispose(): void {
    this.#disposed = true;
    this.#dark.removeEventListener('change', this.#recolour);
    this.#terminal.dispose();
  }

  #load(): void {
    const links = new WebLinksAddon((_event, url) => openLink(url), {
      hover: this.#hover,
      leave: this.#unhover,
    });
    const clipboard = new ClipboardAddon(undefined, writeOnlyClipboard);
    for (const addon of [this.#fit, links, clipboard, new Unicode11Addon()]) {
      this.#terminal.loadAddon(addon);
    }
    this.#terminal.registerLinkProvider(new FileLinks(this.#terminal, this.#events));
    this.#terminal.unicode.activeVersion = '11';
    leaveQuestionsUnanswered(this.#terminal);
  }

  async #loadSearch(): Promise<SearchAddon> {
    const { SearchAddon } = await import('@xterm/addon-search').catch((error: unknown) => {
      this.#search = null;
      throw error;
    });
    const search = new SearchAddon();
    search.onDidChangeResults(({ resultIndex, resultCount }) =>
      this.#events.found(resultIndex + 1, resultCount),
    );
    if (!this.#disposed) this.#terminal.loadAddon(search);
    return search;
  }

  /** Without it, or when the browser takes the context away, xterm draws with elements: the same to look at. */
  async #loadGpuRenderer(): Promise<void> {
    if (!hasGpu()) return;
    try {
      const { WebglAddon } = await import('@xterm/addon-webgl');
      if (this.#disposed) return;
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.#terminal.loadAddon(webgl);
    } catch {
      // The code did not come, or the browser gives no further context.
    }
  }

  /** False keeps the key from the program. */
  #key(event: KeyboardEvent): boolean {
    const meaning = keyMeaning(event, {
      selection: this.#terminal.hasSelection(),
      fullScreen: this.#terminal.buffer.active.type === 'alternate',
      mac: /mac/i.test(navigator.platform),
      beside: this.#events.beside(),
    });
    if (meaning === 'terminal') return true;
    if (meaning !== 'browser') event.preventDefault();
    if (event.type === 'keydown') this.#keyAction(meaning);
    return false;
  }

  #keyAction(meaning: KeyMeaning): void {
    if (meaning === 'copy') this.#copy();
    if (meaning === 'leave') this.#events.leave();
    if (meaning === 'find') this.#events.find();
    if (meaning === 'split' || meaning === 'other') this.#events.pane(meaning);
  }

  #copy(): void {
    const text = this.#terminal.getSelection();
    if (text === '') return;
    void copyText(text);
    this.#terminal.clearSelection();
  }

  readonly #hover = (_event: MouseEvent, url: string): void => {
    this.#terminal.element?.setAttribute('title', url);
  };

  readonly #unhover = (): void => {
    this.#terminal.element?.removeAttribute('title');
  };
}

/** xterm counts in pixels; the page's sizes follow the document's. */
const fontPx = (): number =>
  Math.round(FONT_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize));

/** Where a link leads is the choice of whatever wrote it: only web pages, and without a way back to this one. */
function openLink(url: string): void {
  if (/^https?:\/\//i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
}
