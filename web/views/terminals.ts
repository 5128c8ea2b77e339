import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { TERMINALS_MAX, type ExplanationView } from '../../server/protocol.ts';
import { glyphs } from '../components/glyphs.ts';
import '../components/terminal.ts';
import './panel.ts';
import type { TerminalInputEvent, TerminalReadyEvent, TerminalResizeEvent } from '../events.ts';
import type { SessionPart, WorkspaceSession, WorkspaceState } from '../session.ts';
import type { SessionSocket } from '../socket.ts';
import type { TerminalTab } from '../terminal/tabs.ts';
import './terminals.css';
import { View } from './view.ts';

/** The terminals of one machine as tabs; in their place, what there is to say while there are none. */
@customElement('slip-terminals')
export class SlipTerminals extends View implements SessionPart {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;
  @property({ type: Boolean }) screenReader = false;

  /** Of the message that came last; its card's code is fetched with the first. */
  @state() private explanation: ExplanationView | null = null;

  #joined: WorkspaceSession | null = null;
  #leave: (() => void) | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
    this.#joined = null;
  }

  override willUpdate(): void {
    if (this.#joined === this.session) return;
    this.#leave?.();
    this.#joined = this.session;
    this.#leave = this.session.join(this);
  }

  begin(socket: SessionSocket): () => void {
    const stop = socket.listen('explanation', (explanation) => {
      this.explanation = explanation;
      // Without its code the card is not there: the message itself still is.
      import('../explain/card.ts').catch(() => undefined);
    });
    return () => {
      stop();
      this.explanation = null;
    };
  }

  override render() {
    return html`<section class="terminals" aria-label="Terminals">
      <div class="terminals-bar">${this.renderTabs()}${this.renderButtons()}</div>
      <div class="terminals-stage">
        ${repeat(
          this.state.terminals,
          ({ id }) => id,
          (tab) => this.renderTerminal(tab),
        )}
        ${this.renderLost()}
        <slip-explanation role="status" .explanation=${this.explanation}></slip-explanation>
        <slip-panel .session=${this.session} .state=${this.state}></slip-panel>
      </div>
    </section>`;
  }

  override focus(): void {
    const active = [...this.querySelectorAll('slip-terminal')].find(({ shown }) => shown);
    (active ?? this.querySelector<HTMLElement>('button:not([disabled])'))?.focus();
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
    return html`<button
      class="button quiet icon"
      aria-label="New terminal"
      title=${full ? `A machine has at most ${TERMINALS_MAX} terminals` : 'New terminal'}
      ?disabled=${full || !this.session.live}
      @click=${() => void this.openTerminal()}
    >
      ${glyphs.add}
    </button>`;
  }

  private renderTerminal({ id, number, ended }: TerminalTab) {
    const active = id === this.state.active;
    return html`<div
      class="terminals-panel"
      role="tabpanel"
      id="panel-${id}"
      aria-labelledby="tab-${id}"
      ?hidden=${!active}
    >
      <slip-terminal
        .label="Terminal ${number}"
        ?shown=${active}
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
    void this.updateComplete.then(() => this.focus());
  }

  private async openTerminal(): Promise<void> {
    await this.session.openTerminal();
    await this.updateComplete;
    this.focus();
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

declare global {
  interface HTMLElementTagNameMap {
    'slip-terminals': SlipTerminals;
  }
}
