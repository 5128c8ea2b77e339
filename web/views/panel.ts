import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { QueuePlace } from '../../server/protocol.ts';
import type { WorkspaceSession, WorkspaceState } from '../session.ts';
import { inlineCode } from '../text.ts';
import './panel.css';
import { View } from './view.ts';

interface Panel {
  readonly heading: string;
  readonly words?: string;
  readonly buttons?: TemplateResult;
  /** Something is being done; it needs nothing but time. */
  readonly waits?: boolean;
}

/** In place of the terminals: why there is none at the moment, and the way on. */
@customElement('slip-panel')
export class SlipPanel extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;

  override render() {
    const panel = this.panel();
    if (!panel) return nothing;
    const { heading, words, buttons, waits } = panel;
    return html`<div class="panel" role="group" aria-labelledby="panel-heading">
      <h2 id="panel-heading" class=${waits ? 'panel-waits' : ''}>${heading}</h2>
      ${words ? html`<p>${inlineCode(words)}</p>` : nothing}
      ${buttons ? html`<div class="panel-buttons">${buttons}</div>` : nothing}
    </div>`;
  }

  private panel(): Panel | null {
    const { stage, action } = this.state;
    if (stage.name === 'opening') return { heading: 'Getting your machine…', waits: true };
    if (stage.name === 'waiting') return this.waiting(stage);
    if (stage.name === 'refused') return this.refused(stage.reason, stage.status);
    if (stage.name === 'ended') return this.ended(stage.reason);
    if (action === 'reset') return { heading: 'Making the machine anew…', waits: true };
    if (action === 'back') return { heading: 'Going back…', waits: true };
    if (action === 'end') return { heading: 'Ending the machine…', waits: true };
    return this.machine();
  }

  private machine(): Panel | null {
    const { session } = this.state;
    switch (session?.state) {
      case 'starting':
        return { heading: 'Starting your machine…', waits: true };
      case 'stopping':
        return { heading: 'Stopping the machine…', waits: true };
      case 'stopped':
        return {
          heading: 'The machine is stopped',
          words: session.reason ?? 'Its files and images are kept.',
          buttons: this.renderResume('Start it again'),
        };
      case 'failed':
        return {
          heading: 'The machine has failed',
          words: session.reason ?? 'Its files and images are kept.',
          buttons: this.renderResume('Try to start it again'),
        };
      default:
        return this.empty();
    }
  }

  private empty(): Panel | null {
    const { terminals, connection } = this.state;
    if (terminals.length > 0) return null;
    if (connection.name !== 'connected') return { heading: 'Connecting to your machine…', waits: true };
    if (this.session.opensTerminal) return null;
    return {
      heading: 'No terminal is open',
      words: 'The machine is running.',
      buttons: html`<button class="button primary" @click=${() => void this.session.openTerminal()}>
        New terminal
      </button>`,
    };
  }

  private waiting({ place, of }: QueuePlace): Panel {
    const others = of === 1 ? 'Nobody else waits.' : `${of} people wait, you among them.`;
    const meanwhile = this.state.lesson ? ' You can read the lesson meanwhile.' : '';
    return {
      heading: place === 1 ? 'You are next in the queue' : `You are number ${place} in the queue`,
      words: `All machines are taken at the moment. ${others} Yours starts here by itself.${meanwhile}`,
      buttons: html`<button class="button" @click=${() => void this.session.leaveQueue()}>
        Leave the queue
      </button>`,
    };
  }

  private refused(reason: string, status: number | null): Panel {
    const home = html`<a class="button" href="/">${status === 409 ? 'See your machines' : 'All lessons'}</a>`;
    const again = html`<button class="button primary" @click=${() => void this.session.open()}>
      Try again
    </button>`;
    return { heading: 'There is no machine for you yet', words: reason, buttons: html`${again}${home}` };
  }

  private ended(reason: string): Panel {
    return {
      heading: 'This machine is gone',
      words: reason,
      buttons: html`<button class="button primary" @click=${() => void this.session.open()}>
          Get a new machine</button
        ><a class="button" href="/">All lessons</a>`,
    };
  }

  private renderResume(label: string): TemplateResult {
    const resuming = this.state.action === 'resume';
    return html`<button
      class="button primary"
      ?disabled=${resuming}
      @click=${() => void this.session.resume()}
    >
      ${resuming ? 'Starting…' : label}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-panel': SlipPanel;
  }
}
