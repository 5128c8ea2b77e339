import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { AnswerView, TaskView } from '../../server/protocol.ts';
import { inlineCode } from '../text.ts';
import { controlStyles } from './shared.ts';

export type Answer = readonly number[] | string;

/** A quiz or a prediction: choices or a field for words, and what was said to the answer. */
@customElement('slip-question')
export class SlipQuestion extends LitElement {
  static override styles = [
    controlStyles,
    css`
      :host {
        display: block;
      }

      form {
        padding: var(--space-3) var(--space-4);
        border: 1px solid var(--line);
        border-left: 3px solid var(--line-strong);
        border-radius: var(--radius-s);
      }

      :host([done]) form {
        border-color: transparent;
        border-left-color: var(--accent);
        background: var(--accent-soft);
      }

      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
      }

      legend {
        padding: 0;
        font-weight: 600;
        line-height: 1.5;
      }

      label {
        display: flex;
        gap: var(--space-2);
        align-items: baseline;
        margin-top: var(--space-2);
        line-height: 1.5;
      }

      input[type='text'] {
        flex: 1;
        min-width: 0;
        padding: var(--space-1) var(--space-2);
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-s);
        background: var(--ground);
        color: var(--text);
        font: var(--text-s) / 1.6 var(--font-code);
      }

      .button {
        margin-top: var(--space-3);
      }

      /* Room for what the machine will tell. */
      .said.waiting {
        min-height: 6em;
      }

      .unseen {
        visibility: hidden;
      }

      .said {
        min-height: 1.5em;
        margin: var(--space-2) 0 0;
        font-size: var(--text-s);
      }

      .said p {
        margin: 0 0 var(--space-1);
      }

      code {
        font: 0.92em/1.4 var(--font-code);
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() question = '';
  @property() kind: 'quiz' | 'predict' = 'quiz';
  @property() answer: 'one' | 'many' | 'text' = 'one';
  @property({ attribute: false }) choices: readonly string[] = [];
  @property({ attribute: false }) view: TaskView | undefined;
  @property({ type: Boolean, reflect: true }) done = false;
  /** There is somebody to answer to. */
  @property({ type: Boolean }) live = false;
  /** Rejects with a sentence. */
  @property({ attribute: false }) send: (answer: Answer) => Promise<AnswerView> = () =>
    Promise.reject(new Error('The machine is not running.'));

  @state() private messages: readonly string[] = [];

  /** Whoever sees it answered has seen it open: then nothing below may move. */
  #wasOpen = false;
  #waited = false;

  override willUpdate(): void {
    if (this.view && !this.done) this.#wasOpen = true;
    if (this.view?.waiting === true) this.#waited = true;
    else if (!this.done) this.#waited = false;
  }

  override render() {
    const name = this.kind === 'quiz' ? 'Question' : 'Predict first';
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        void this.submit();
      }}
    >
      <fieldset ?disabled=${this.done}>
        <legend>
          <span class="visually-hidden">${this.done ? 'Answered: ' : `${name}: `}</span
          >${inlineCode(this.question)}
        </legend>
        ${
          this.answer === 'text'
            ? html`<label
                >Answer <input type="text" name="words" maxlength="200" autocomplete="off"
              /></label>`
            : this.choices.map((choice, index) => this.renderChoice(choice, index))
        }
      </fieldset>
      ${
        this.done && !this.#wasOpen
          ? nothing
          : html`<button class="button small ${this.done ? 'unseen' : ''}" ?disabled=${!this.live}>
              ${this.kind === 'quiz' ? 'Answer' : 'Predict'}
            </button>`
      }
      <div class="said ${this.#waited ? 'waiting' : ''}" role="status">
        ${this.said.map((text) => html`<p>${inlineCode(text)}</p>`)}
      </div>
    </form>`;
  }

  private renderChoice(choice: string, index: number) {
    const type = this.answer === 'many' ? 'checkbox' : 'radio';
    return html`<label
      ><input type=${type} name="choice" value=${index} /><span>${inlineCode(choice)}</span></label
    >`;
  }

  private get said(): readonly string[] {
    if (this.done) return (this.view?.findings ?? []).map(({ message }) => message);
    if (this.view?.waiting === true) return ['Noted. Now run it: the machine will tell.'];
    return this.messages;
  }

  private async submit(): Promise<void> {
    const form = this.renderRoot.querySelector('form');
    if (!form) return;
    const data = new FormData(form);
    const words = data.get('words');
    const answer: Answer =
      this.answer === 'text' ? (typeof words === 'string' ? words : '') : data.getAll('choice').map(Number);
    if (answer.length === 0) {
      this.messages = [this.answer === 'text' ? 'Write an answer first.' : 'Choose an answer first.'];
      return;
    }
    try {
      this.messages = (await this.send(answer)).messages;
    } catch (error) {
      this.messages = [error instanceof Error ? error.message : 'That did not work.'];
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-question': SlipQuestion;
  }
}
