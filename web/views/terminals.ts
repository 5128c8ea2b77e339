import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { TERMINALS_MAX, type ExplanationView } from '../../server/protocol.ts';
import { glyphs } from '../components/glyphs.ts';
import type { SlipTerminal } from '../components/terminal.ts';
import '../components/terminal.ts';
import './panel.ts';
import '../components/split.ts';
import type {
  TerminalInputEvent,
  TerminalPaneEvent,
  TerminalReadyEvent,
  TerminalResizeEvent,
} from '../events.ts';
import type { SessionPart, WorkspaceSession, WorkspaceState } from '../session.ts';
import type { SessionSocket } from '../socket.ts';
import { NO_PANES, panesOf, type Panes } from '../terminal/panes.ts';
import type { TerminalTab } from '../terminal/tabs.ts';
import './terminals.css';
import { View } from './view.ts';

/**
 * The terminals of one machine as tabs, one or two of them shown; in their place, what there is to say while there are none.
 * Events: `slip-terminals-layout`, `slip-split-move`.
 */
@customElement('slip-terminals')
export class SlipTerminals extends View implements SessionPart {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;
  @property({ type: Boolean }) screenReader = false;
  /** Two are shown at a time, where there are two. */
  @property({ type: Boolean }) split = false;
  /** One above the other instead of side by side. */
  @property({ type: Boolean }) stacked = false;
  /** Percent of the room that the first of two takes. */
  @property({ type: Number }) size = 50;

  /** Of the message that came last; its card's code is fetched with the first. */
  @state() private explanation: ExplanationView | null = null;

  #joined: WorkspaceSession | null = null;
  #socket: SessionSocket | null = null;
  #panes: Panes = NO_PANES;
  /** The terminal whose tab was brought in sight last. */
  #revealed: string | null = null;
  /** The terminal that gets the keys as soon as it is the active one. */
  #wanted: string | null = null;
  #leave: (() => void) | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
    this.#joined = null;
  }

  override willUpdate(): void {
    const ids = this.state.terminals.map(({ id }) => id);
    this.#panes = panesOf(ids, { active: this.state.active, split: this.split, before: this.#panes });
    if (this.#joined === this.session) return;
    this.#leave?.();
    this.#joined = this.session;
    this.#leave = this.session.join(this);
  }

  override updated(): void {
    this.revealTab();
    if (this.#wanted === null || this.#wanted !== this.state.active) return;
    this.#wanted = null;
    this.focus();
  }

  /** There may be more tabs than fit beside each other. */
  private revealTab(): void {
    const { active } = this.state;
    if (active === this.#revealed) return;
    this.#revealed = active;
    this.querySelector('[role="tab"][aria-selected="true"]')?.scrollIntoView({
      block: 'nearest',
      inline: 'nearest',
    });
  }

  begin(socket: SessionSocket): () => void {
    this.#socket = socket;
    const stop = socket.listen('explanation', (explanation) => {
      this.explanation = explanation;
      // Without its code the card is not there: the message itself still is.
      import('../explain/card.ts').catch(() => undefined);
    });
    return () => {
      stop();
      this.#socket = null;
      this.explanation = null;
    };
  }

  override render() {
    return html`<section class="terminals" aria-label="Terminals">
      <div class="terminals-bar">${this.renderTabs()}${this.renderButtons()}</div>
      <div class="terminals-stage">
        <slip-split
          label="Size of the first terminal"
          .position=${this.size}
          ?stacked=${this.stacked}
          only=${this.#panes.shown.length > 1 ? '' : 'start'}
          @slip-terminal-pane=${this.onPane}
        >
          ${repeat(
            this.state.terminals,
            ({ id }) => id,
            (tab) => this.renderTerminal(tab),
          )}
        </slip-split>
        ${this.renderLost()}
        <slip-explanation
          role="status"
          .explanation=${this.explanation}
          @slip-dismiss=${this.onDismiss}
        ></slip-explanation>
        <slip-panel .session=${this.session} .state=${this.state}></slip-panel>
      </div>
    </section>`;
  }

  override focus(): void {
    const active = this.querySelector<SlipTerminal>('.terminals-panel.active slip-terminal');
    // One that is shown for the first time begins when it is drawn.
    if (active) void active.updateComplete.then(() => active.focus());
    else this.querySelector<HTMLElement>('button:not([disabled])')?.focus();
  }

  private renderTabs() {
    const { terminals } = this.state;
    if (terminals.length === 0) return html`<span class="terminals-space"></span>`;
    return html`<div class="tabs" role="tablist" aria-label="Terminals" @keydown=${this.onTabKey}>
        ${repeat(
          terminals,
          ({ id }) => id,
          (tab) => this.renderTab(tab),
        )}
      </div>
      <span class="terminals-space"></span>`;
  }

  private renderTab({ id, number, ended }: TerminalTab) {
    const active = id === this.state.active;
    return html`<div
      class="tab"
      role="tab"
      id="tab-${id}"
      tabindex=${active ? 0 : -1}
      aria-selected=${active ? 'true' : 'false'}
      aria-controls="panel-${id}"
      aria-keyshortcuts="Delete"
      @click=${() => this.select(id)}
      @auxclick=${(event: MouseEvent) => event.button === 1 && this.session.closeTerminal(id)}
    >
      <span>Terminal ${number}${ended ? html` <span class="muted">(ended)</span>` : nothing}</span>
      <span
        class="tab-close"
        aria-hidden="true"
        title="Close"
        @click=${(event: Event) => this.onClose(event, id)}
        >${glyphs.close}</span
      >
    </div>`;
  }

  private renderButtons() {
    const { terminals } = this.state;
    const full = terminals.length >= TERMINALS_MAX;
    return html`${this.renderSplitButton('Split side by side', glyphs.columns, false)}
      ${this.renderSplitButton('Split one above the other', glyphs.rows, true)}
      <button
        class="button quiet icon"
        aria-label="New terminal"
        title=${full ? `A machine has at most ${TERMINALS_MAX} terminals` : 'New terminal'}
        ?disabled=${full || !this.session.live}
        @click=${() => void this.openTerminal()}
      >
        ${glyphs.add}
      </button>`;
  }

  private renderSplitButton(label: string, glyph: TemplateResult, stacked: boolean) {
    const on = this.split && this.stacked === stacked;
    return html`<button
      class="button quiet icon"
      aria-label=${label}
      title="${label} (Ctrl+Shift+5)"
      aria-pressed=${on ? 'true' : 'false'}
      ?disabled=${!on && this.state.terminals.length < 2 && !this.session.live}
      @click=${() => void this.splitTerminals(!on, stacked)}
    >
      ${glyph}
    </button>`;
  }

  private renderTerminal({ id, number, ended }: TerminalTab) {
    const active = id === this.state.active;
    const place = this.#panes.shown.indexOf(id);
    return html`<div
      class="terminals-panel ${active ? 'active' : ''}"
      slot=${['start', 'end'][place] ?? 'none'}
      role="tabpanel"
      id="panel-${id}"
      aria-labelledby="tab-${id}"
      ?hidden=${place === -1}
      @focusin=${() => this.session.selectTerminal(id)}
    >
      <slip-terminal
        .label="Terminal ${number}"
        .existing=${this.existing}
        ?shown=${place !== -1}
        ?beside=${this.#panes.shown.length > 1}
        ?screenReader=${this.screenReader}
        @slip-terminal-ready=${(event: TerminalReadyEvent) => this.session.attachTerminal(id, event.face)}
        @slip-terminal-input=${(event: TerminalInputEvent) => this.session.typeInto(id, event.data)}
        @slip-terminal-resize=${(event: TerminalResizeEvent) => this.session.resizeTerminal(id, event.size)}
      ></slip-terminal>
      ${ended ? this.renderEnded(id) : nothing}
    </div>`;
  }

  /** What is on the screen stays readable; that nothing new comes has to be seen where the learner looks. */
  private renderLost() {
    const { connection, terminals } = this.state;
    if (terminals.length === 0 || connection.name === 'connected') return nothing;
    return html`<p class="terminals-lost">
      The connection is lost. What you type goes nowhere until it is back.
    </p>`;
  }

  private renderEnded(id: string) {
    return html`<div class="terminals-ended">
      <span role="status">This shell has ended.</span>
      <button class="button small" @click=${() => this.session.closeTerminal(id)}>Close</button>
      <button class="button small" @click=${() => void this.openTerminal()}>New terminal</button>
    </div>`;
  }

  private select(id: string): void {
    this.session.selectTerminal(id);
    this.focusActive();
  }

  /** Which of these paths are files. Rejects while the machine cannot be asked. */
  private readonly existing = (paths: readonly string[]): Promise<readonly string[]> =>
    this.#socket?.ask('files:find', { paths }) ?? Promise.reject(new Error('The machine cannot be asked.'));

  private async splitTerminals(split: boolean, stacked: boolean): Promise<void> {
    this.dispatchEvent(new TerminalsLayoutEvent({ split, stacked }));
    if (split && this.state.terminals.length < 2) await this.session.openTerminal();
    this.focusActive();
  }

  private readonly onPane = ({ action }: TerminalPaneEvent): void => {
    if (action === 'split') void this.splitTerminals(!this.split, this.stacked);
    const other = this.#panes.shown.find((id) => id !== this.state.active);
    if (action === 'other' && other !== undefined) this.select(other);
  };

  /** The keyboard goes back to where the message was. */
  private readonly onDismiss = (): void => {
    this.explanation = null;
    this.focus();
  };

  private async openTerminal(): Promise<void> {
    await this.session.openTerminal();
    this.focusActive();
  }

  /** Once it is drawn: the state comes from above, a moment later. */
  private focusActive(): void {
    this.#wanted = this.session.state.active;
    this.requestUpdate();
  }

  private onClose(event: Event, id: string): void {
    event.stopPropagation();
    this.session.closeTerminal(id);
  }

  private readonly onTabKey = (event: KeyboardEvent): void => {
    const ids = this.state.terminals.map(({ id }) => id);
    const place = ids.indexOf(this.state.active ?? '');
    const active = ids[place];
    if (active === undefined) return;
    if (event.key === 'Delete') this.session.closeTerminal(active);
    else if (event.key === 'Enter' || event.key === ' ') this.focus();
    else if (!this.moveTab(event.key, ids, place)) return;
    event.preventDefault();
  };

  private moveTab(key: string, ids: readonly string[], place: number): boolean {
    const count = ids.length;
    const to = { ArrowLeft: place - 1 + count, ArrowRight: place + 1, Home: 0, End: count - 1 }[key];
    const id = to === undefined ? undefined : ids[to % count];
    if (id === undefined) return false;
    this.session.selectTerminal(id);
    void this.updateComplete.then(() => document.getElementById(`tab-${id}`)?.focus());
    return true;
  }
}

/** The terminals are to be shown in another way. */
export class TerminalsLayoutEvent extends Event {
  static readonly type = 'slip-terminals-layout';
  readonly split: boolean;
  readonly stacked: boolean;

  constructor({ split, stacked }: { split: boolean; stacked: boolean }) {
    super(TerminalsLayoutEvent.type);
    this.split = split;
    this.stacked = stacked;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-terminals': SlipTerminals;
  }
}
