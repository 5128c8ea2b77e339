import { html, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { OpenFileEvent } from '../events.ts';
import { nameOf } from '../files/paths.ts';
import { View } from '../views/view.ts';
import type { OpenDocument } from './document.ts';
import { renderTab } from './tab.ts';

/** The files that are open, as tabs. Events: `slip-open-file`, `slip-close-file`, `slip-edit-file`. */
@customElement('slip-editor-tabs')
export class SlipEditorTabs extends View {
  /** They change in themselves. */
  @property({ attribute: false, hasChanged: () => true }) open: readonly OpenDocument[] = [];
  /** The path of the one that the editor shows. */
  @property() shown = '';

  /** The keyboard goes on to the tab that is the active one next. */
  #follows = false;

  /** What stands beside the tabs comes and goes with the file that is shown, and takes of their room. */
  readonly #resizes = new ResizeObserver(() => this.reveal());

  override firstUpdated(): void {
    const strip = this.querySelector('.tabs');
    if (strip) this.#resizes.observe(strip);
  }

  override updated(changed: PropertyValues<this>): void {
    if (!changed.has('shown')) return;
    this.reveal();
    if (this.#follows) this.focus();
    this.#follows = false;
  }

  override focus(): void {
    this.active?.focus();
  }

  override render() {
    return html`<div class="tabs" role="tablist" aria-label="Open files" @keydown=${this.onKey}>
      ${repeat(
        this.open,
        ({ path }) => path,
        (document) =>
          renderTab(document, {
            active: document.path === this.shown,
            twin: this.open.some((each) => each !== document && nameOf(each.path) === nameOf(document.path)),
            show: () => this.dispatchEvent(new OpenFileEvent(document.path)),
            close: () => this.dispatchEvent(new CloseFileEvent(document.path)),
          }),
      )}
    </div>`;
  }

  private get active(): HTMLElement | null {
    return this.querySelector<HTMLElement>('[aria-selected="true"]');
  }

  /** There may be more tabs than fit beside each other. */
  private reveal(): void {
    this.active?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Delete') this.dispatchEvent(new CloseFileEvent(this.shown));
    else if (event.key === 'Enter' || event.key === ' ') this.dispatchEvent(new EditFileEvent());
    else if (!this.move(event.key)) return;
    event.preventDefault();
  };

  private move(key: string): boolean {
    const place = this.open.findIndex(({ path }) => path === this.shown);
    const count = this.open.length;
    const to = { ArrowLeft: place - 1 + count, ArrowRight: place + 1, Home: 0, End: count - 1 }[key];
    const path = to === undefined ? undefined : this.open[to % count]?.path;
    if (path === undefined) return false;
    this.#follows = path !== this.shown;
    this.dispatchEvent(new OpenFileEvent(path));
    return true;
  }
}

/** An open file is to be closed. */
export class CloseFileEvent extends Event {
  static readonly type = 'slip-close-file';
  readonly path: string;

  constructor(path: string) {
    super(CloseFileEvent.type);
    this.path = path;
  }
}

/** The keyboard is to go into the text of the file that is shown. */
export class EditFileEvent extends Event {
  static readonly type = 'slip-edit-file';

  constructor() {
    super(EditFileEvent.type);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-editor-tabs': SlipEditorTabs;
  }
}
