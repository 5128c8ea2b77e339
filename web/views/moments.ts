import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { MomentView, SessionView } from '../../server/protocol.ts';
import type { WorkspaceSession, WorkspaceState } from '../session.ts';
import { formatDuration } from '../text.ts';
import './moments.css';
import { View } from './view.ts';

/** The moments that the machine can be brought back to; each says what that would cost before it is done. */
@customElement('slip-moments')
export class SlipMoments extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;

  @state() private open = false;
  /** The moment whose question is shown. */
  @state() private asked: string | null = null;

  toggle(): void {
    this.show(!this.open);
  }

  override render() {
    const { session, action } = this.state;
    if (!session) return nothing;
    return html`<button
        class="button small quiet"
        title="Bring the machine back to how it was"
        aria-expanded=${this.open ? 'true' : 'false'}
        aria-controls="moments"
        ?disabled=${action !== null}
        @click=${() => this.toggle()}
      >
        ${action === 'back' ? 'Going back…' : 'Undo'}
      </button>
      ${this.open && action !== 'back' ? this.renderMoments(session) : nothing}`;
  }

  private renderMoments({ moments, state: machine }: SessionView) {
    return html`<div
      class="moments"
      id="moments"
      role="group"
      aria-labelledby="moments-title"
      tabindex="-1"
      @keydown=${(event: KeyboardEvent) => this.onKey(event)}
    >
      <h2 id="moments-title">Back to how it was</h2>
      <p class="muted">
        ${
          moments.length === 0
            ? 'Nothing is kept yet. A machine is kept at the start of each step of a lesson, and whenever you ask for it here.'
            : 'Files, images, containers and volumes as they were. What was pushed to the hub stays there.'
        }
      </p>
      <button
        class="button"
        ?disabled=${machine !== 'running' || this.state.action !== null}
        @click=${() => void this.session.keep()}
      >
        ${this.state.action === 'keep' ? 'Keeping it…' : 'Keep the machine as it is now'}
      </button>
      ${
        moments.length === 0
          ? nothing
          : html`<ul>
              ${repeat(
                moments.toReversed(),
                ({ id }) => id,
                (moment) => this.renderMoment(moment),
              )}
            </ul>`
      }
    </div>`;
  }

  private renderMoment(moment: MomentView) {
    const { id, takenAt } = moment;
    const name = this.nameOf(moment);
    const time = new Date(takenAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const ago = formatDuration(Date.now() - Date.parse(takenAt));
    return html`<li class="moment">
      <span>${name}<br /><span class="moment-when">${time}, ${ago} ago</span></span>
      ${
        this.asked === id
          ? html`<p class="moment-question" id="moment-question">
                What was done on the machine since ${time} is lost, and programs that run in terminals end.
              </p>
              <span class="moment-answers">
                <button
                  class="button cancel"
                  aria-describedby="moment-question"
                  @click=${() => this.ask(null)}
                >
                  Cancel
                </button>
                <button
                  class="button danger"
                  aria-describedby="moment-question"
                  @click=${() => this.goBack(id)}
                >
                  Go back
                </button>
              </span>`
          : html`<button
              class="button small"
              data-moment=${id}
              aria-label=${`Go back to: ${name}, ${time}`}
              ?disabled=${this.state.action !== null}
              @click=${() => this.ask(id)}
            >
              Go back…
            </button>`
      }
    </li>`;
  }

  private nameOf({ step }: MomentView): string {
    const steps = this.state.lesson?.steps ?? [];
    const place = steps.findIndex(({ id }) => id === step);
    const title = steps[place]?.title;
    return title === undefined ? 'Kept by you' : `Start of step ${place + 1}, “${title}”`;
  }

  private show(open: boolean): void {
    this.open = open;
    this.asked = null;
    this.focusOn(open ? '.moments' : 'button');
  }

  private ask(id: string | null): void {
    const before = this.asked;
    this.asked = id;
    this.focusOn(id === null ? `[data-moment="${before ?? ''}"]` : '.cancel');
  }

  private focusOn(selector: string): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(selector)?.focus());
  }

  private goBack(id: string): void {
    this.show(false);
    void this.session.goBack(id);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    if (this.asked === null) this.show(false);
    else this.ask(null);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-moments': SlipMoments;
  }
}
