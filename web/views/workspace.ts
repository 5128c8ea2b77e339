import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { glyphs, mark } from '../components/glyphs.ts';
import '../components/split.ts';
import { readPreferences, writePreferences, type Preferences } from '../preferences.ts';
import { progress, WorkspaceSession } from '../session.ts';
import { connectSocket } from '../socket.ts';
import { Watch } from '../store.ts';
import './help.ts';
import './lesson.ts';
import './missing.ts';
import './status.ts';
import './toasts.ts';
import type { RunCommandEvent, SplitMoveEvent, TerminalReadyEvent } from '../events.ts';
import { View } from './view.ts';
import './workspace.css';

/** Too narrow for two parts side by side. */
const NARROW = '(width < 800px), (width < 1000px) and (orientation: portrait)';

/** A lesson beside its machine; or, without a lesson, the machine alone. */
@customElement('slip-workspace')
export class SlipWorkspace extends View {
  @property() lesson: string | null = null;

  @state() private session!: WorkspaceSession;
  @state() private preferences: Preferences = readPreferences();
  @state() private narrow = false;
  @state() private terminalsMissing = false;

  /** The learner has asked for a machine, or for it to begin again. */
  #acted = false;
  readonly #width = matchMedia(NARROW);
  readonly #watch = new Watch(this);
  readonly #resized = () => (this.narrow = this.#width.matches);
  readonly #keyed = (event: KeyboardEvent) => this.onKey(event);

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized();
    // Beside the rest, not with it: a lesson can be read before the terminal is there.
    import('./terminals.ts').catch(() => (this.terminalsMissing = true));
    this.#width.addEventListener('change', this.#resized);
    document.addEventListener('keydown', this.#keyed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#width.removeEventListener('change', this.#resized);
    document.removeEventListener('keydown', this.#keyed);
    this.leave();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('lesson')) this.enter();
  }

  override updated(): void {
    document.title = `${this.heading} · Slipway`;
  }

  override render() {
    if (this.session.state.stage.name === 'missing') {
      return html`<slip-missing .what=${'There is no lesson of this name.'}></slip-missing>`;
    }
    const single = this.lesson === null || this.preferences.lessonHidden;
    return html`
      ${this.renderBar()}
      <main class="workspace-main">
        <slip-split
          @click=${this.onClick}
          label="Size of the lesson"
          .position=${this.narrow ? this.preferences.lessonHeight : this.preferences.lessonWidth}
          ?stacked=${this.narrow}
          ?single=${single}
          @slip-split-move=${this.onSplit}
          @slip-run=${(event: RunCommandEvent) => void this.session.run(event.command)}
        >
          ${
            this.lesson === null
              ? nothing
              : html`<slip-lesson
                  slot="start"
                  id="lesson"
                  .session=${this.session}
                  .state=${this.session.state}
                ></slip-lesson>`
          }
          ${this.terminalsMissing ? renderMissingTerminals() : this.renderTerminals()}
        </slip-split>
      </main>
      <slip-status
        .session=${this.session}
        .state=${this.session.state}
        @slip-confirm=${this.onConfirm}
      ></slip-status>
      <slip-toasts .session=${this.session} .state=${this.session.state}></slip-toasts>
      <p class="visually-hidden" role="status">${this.session.state.announcement}</p>
    `;
  }

  private renderBar() {
    const hidden = this.preferences.lessonHidden;
    return html`<header class="workspace-bar">
      <a class="brand" href="/" aria-label="Slipway, all lessons">${mark} Slipway</a>
      ${
        this.lesson === null || hidden
          ? html`<h1 class="workspace-title" tabindex="-1">${this.heading}</h1>`
          : nothing
      }
      <span class="workspace-space"></span>
      ${hidden ? this.renderProgress() : nothing}
      ${this.lesson === null ? nothing : this.renderToggle(hidden)}
      <slip-help
        ?screenReader=${this.preferences.screenReader}
        @change=${() => this.prefer({ screenReader: !this.preferences.screenReader })}
      ></slip-help>
    </header>`;
  }

  private renderTerminals() {
    return html`<slip-terminals
      slot="end"
      .session=${this.session}
      .state=${this.session.state}
      ?screenReader=${this.preferences.screenReader}
      @slip-terminal-ready=${this.onTerminalReady}
      @slip-terminal-leave=${this.leaveTerminal}
    ></slip-terminals>`;
  }

  /** How far the learner is stays in sight without the lesson, too. */
  private renderProgress() {
    const { done, total } = progress(this.session.state.tasks);
    return total === 0
      ? nothing
      : html`<slip-progress class="workspace-progress" .done=${done} .total=${total}></slip-progress>`;
  }

  private renderToggle(hidden: boolean) {
    return html`<button
      class="button quiet small"
      aria-expanded=${hidden ? 'false' : 'true'}
      aria-controls="lesson"
      @click=${() => this.prefer({ lessonHidden: !hidden })}
    >
      ${glyphs.panel} ${hidden ? 'Show lesson' : 'Hide lesson'}
    </button>`;
  }

  private enter(): void {
    this.leave();
    this.session = new WorkspaceSession({ lesson: this.lesson, api, connect: connectSocket });
    this.#watch.follow(this.session.store);
    void this.session.open();
  }

  private leave(): void {
    if (this.hasUpdated) this.session.close();
  }

  private get heading(): string {
    return this.lesson === null ? 'Bare machine' : (this.session.state.lesson?.title ?? 'Lesson');
  }

  private readonly onClick = (event: Event): void => {
    this.#acted ||= event.target instanceof Element && event.target.closest('slip-panel') !== null;
  };

  private readonly onConfirm = (): void => {
    this.#acted = true;
  };

  private readonly onSplit = ({ position }: SplitMoveEvent): void => {
    this.prefer(this.narrow ? { lessonHeight: position } : { lessonWidth: position });
  };

  private prefer(part: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...part };
    writePreferences(this.preferences);
  }

  /** F6 goes to the terminal; in the terminal it is `leaveTerminal`. */
  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'F6' || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey)
      return;
    event.preventDefault();
    this.querySelector('slip-terminals')?.focus();
  }

  /**
   * On a bare machine there is nothing else to do than to type; and after a button that brought a machine the focus
   * would be nowhere.
   */
  private readonly onTerminalReady = ({ face }: TerminalReadyEvent): void => {
    const nowhere = document.activeElement === document.body || document.activeElement?.localName === 'h1';
    if (nowhere && (this.lesson === null || this.#acted)) face.focus();
    this.#acted = false;
  };

  private readonly leaveTerminal = (): void => {
    const heading = this.querySelector<HTMLElement>('slip-lesson h1');
    if (heading && !this.preferences.lessonHidden) heading.focus();
    else this.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus();
  };
}

const renderMissingTerminals = () =>
  html`<div slot="end" class="workspace-missing" role="alert">
    <p>The terminal could not be fetched from the server.</p>
    <button class="button primary" @click=${() => location.reload()}>Load the page again</button>
  </div>`;

declare global {
  interface HTMLElementTagNameMap {
    'slip-workspace': SlipWorkspace;
  }
}
