import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import {
  LeaveTerminalEvent,
  OpenFileEvent,
  TerminalInputEvent,
  TerminalPaneEvent,
  TerminalReadyEvent,
  TerminalResizeEvent,
} from '../events.ts';
import { Emulator } from '../terminal/emulator.ts';
import { glyphs } from './glyphs.ts';
import './terminal.css';

const RESIZE_SETTLE_MS = 60;

/**
 * One terminal. It lives in the light DOM, because xterm's styles must reach it, and begins when it is first shown.
 * Events: `slip-terminal-ready`, `-input`, `-resize`, `-leave`, `-pane`, `slip-open-file`.
 */
@customElement('slip-terminal')
export class SlipTerminal extends LitElement {
  @property() label = 'Terminal';
  @property({ type: Boolean }) shown = false;
  @property({ type: Boolean }) screenReader = false;
  /** Another terminal is shown beside this one. */
  @property({ type: Boolean }) beside = false;
  /** Which of these paths below the home are files: links are made of those. */
  @property({ attribute: false }) existing: (paths: readonly string[]) => Promise<readonly string[]> = () =>
    Promise.resolve([]);

  @state() private finding = false;
  @state() private found = '';

  @query('.terminal-screen') private screen!: HTMLElement;
  @query('.terminal-find input') private findInput!: HTMLInputElement | null;

  #emulator: Emulator | null = null;
  #resizes: ResizeObserver | null = null;
  #settle: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#settle);
    this.#resizes?.disconnect();
    this.#emulator?.dispose();
    this.#emulator = null;
  }

  override updated(changed: PropertyValues<this>): void {
    if (this.shown && !this.#emulator) this.begin();
    if (changed.has('shown') && this.shown) this.#emulator?.fit();
    if (changed.has('screenReader')) this.#emulator?.setScreenReader(this.screenReader);
    this.#emulator?.setLabel(`${this.label}. Press F6 to leave the terminal.`);
  }

  override focus(): void {
    this.#emulator?.focus();
  }

  /** What the terminal shows, as text. */
  readScreen(): string {
    return this.#emulator?.readScreen() ?? '';
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override render() {
    return html`${this.finding ? this.renderFind() : nothing}
      <div class="terminal-screen"></div>`;
  }

  private renderFind() {
    return html`<form
      class="terminal-find"
      role="search"
      @submit=${this.onFindNext}
      @keydown=${this.onFindKey}
    >
      <input
        type="text"
        aria-label="Find in the terminal"
        placeholder="Find"
        autocomplete="off"
        spellcheck="false"
        @input=${() => this.find('next', true)}
      />
      <span class="terminal-found" role="status">${this.found}</span>
      <button
        type="button"
        class="button quiet icon"
        aria-label="Previous match"
        @click=${() => this.find('previous', false)}
      >
        ${glyphs.up}
      </button>
      <button class="button quiet icon" aria-label="Next match">${glyphs.down}</button>
      <button type="button" class="button quiet icon" aria-label="Close find" @click=${this.endFind}>
        ${glyphs.close}
      </button>
    </form>`;
  }

  private begin(): void {
    const emulator = new Emulator(
      this.screen,
      {
        input: (data) => this.dispatchEvent(new TerminalInputEvent(data)),
        resize: (size) => this.dispatchEvent(new TerminalResizeEvent(size)),
        leave: () => this.dispatchEvent(new LeaveTerminalEvent()),
        find: () => this.beginFind(),
        found: (place, count) => (this.found = count === 0 ? 'No match' : `${place} of ${count}`),
        beside: () => this.beside,
        pane: (action) => this.dispatchEvent(new TerminalPaneEvent(action)),
        existing: (paths) => this.existing(paths),
        open: (path, line) => this.dispatchEvent(new OpenFileEvent(path, line === undefined ? {} : { line })),
      },
      { screenReader: this.screenReader },
    );
    this.#emulator = emulator;
    emulator.fit();
    this.#resizes = new ResizeObserver(() => this.onResize());
    this.#resizes.observe(this.screen);
    this.dispatchEvent(new TerminalReadyEvent(emulator));
  }

  private onResize(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      if (this.shown) this.#emulator?.fit();
    }, RESIZE_SETTLE_MS);
  }

  private beginFind(): void {
    this.finding = true;
    this.found = '';
    void this.updateComplete.then(() => this.findInput?.select());
  }

  private readonly endFind = (): void => {
    this.finding = false;
    void this.#emulator?.endFind();
    this.#emulator?.focus();
  };

  private find(direction: 'next' | 'previous', incremental: boolean): void {
    const text = this.findInput?.value ?? '';
    if (text === '') {
      this.found = '';
      void this.#emulator?.endFind();
    } else {
      const failed = () => (this.found = 'The search could not be fetched from the server.');
      void this.#emulator?.find(text, direction, incremental).catch(failed);
    }
  }

  private readonly onFindNext = (event: Event): void => {
    event.preventDefault();
    this.find('next', false);
  };

  private readonly onFindKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.endFind();
    if (event.key === 'Enter' && event.shiftKey) {
      event.preventDefault();
      this.find('previous', false);
    }
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-terminal': SlipTerminal;
  }
}
