import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { LessonProblem } from '../../server/protocol.ts';
import { ApiError, lessonProblems } from '../api.ts';
import { inlineCode } from '../text.ts';
import './lesson-problems.css';
import { View } from './view.ts';

/** Between two looks while there is something to mend, in milliseconds. */
const LOOK_MS = 700;

/** Told once all that kept the lesson from being read is mended. */
export class MendedEvent extends Event {
  constructor() {
    super('slip-mended');
  }
}

/**
 * What keeps a lesson from being read, for its author: asked for at once, and again until all of it is mended. Events:
 * `slip-mended`, and `slip-missing` when there is no such lesson, or none whose problems are told.
 */
@customElement('slip-lesson-problems')
export class SlipLessonProblems extends View {
  @property() lesson = '';

  @state() private problems: readonly LessonProblem[] = [];

  #timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const found = await this.ask();
    if (!this.isConnected) return;
    clearTimeout(this.#timer);
    if (found === 'missing') {
      this.dispatchEvent(new Event('slip-missing'));
    } else if (found.length === 0) {
      this.problems = [];
      this.dispatchEvent(new MendedEvent());
    } else {
      this.problems = found;
      this.#timer = setTimeout(() => void this.look(), LOOK_MS);
    }
  }

  override render() {
    if (this.problems.length === 0) return nothing;
    return html`<section class="lesson-problems" role="alert" aria-labelledby="lesson-problems">
      <h2 id="lesson-problems">This lesson cannot be read yet</h2>
      <ul>
        ${this.problems.map(
          ({ file, line, message }) => html`<li><code>${file}:${line}</code> ${inlineCode(message)}</li>`,
        )}
      </ul>
      <p class="muted">It is shown as soon as a file without these is saved.</p>
    </section>`;
  }

  /** What was found last stands while the server starts anew. */
  private async ask(): Promise<readonly LessonProblem[] | 'missing'> {
    try {
      return await lessonProblems(this.lesson);
    } catch (error) {
      if (!(error instanceof ApiError)) return this.problems;
      return error.status === 404 ? 'missing' : this.problems;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-lesson-problems': SlipLessonProblems;
  }
}
