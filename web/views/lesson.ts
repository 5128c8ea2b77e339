import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type {
  AnswerView,
  FileBlock,
  Lesson,
  LessonBlock,
  LessonStanding,
  LessonStep,
  PredictBlock,
  QuizBlock,
  TaskBlock,
} from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import '../components/command.ts';
import '../components/confirm.ts';
import '../components/file.ts';
import '../components/layers.ts';
import '../components/progress.ts';
import '../components/question.ts';
import type { Answer } from '../components/question.ts';
import '../components/task.ts';
import { OpenFileEvent } from '../events.ts';
import { currentPlace, currentTask } from '../lesson-order.ts';
import { LessonPlace } from '../lesson-place.ts';
import { LessonValues } from '../lesson-values.ts';
import { prose } from '../prose.ts';
import { progress, type WorkspaceSession, type WorkspaceState } from '../session.ts';
import type { SessionSocket } from '../socket.ts';
import { inlineCode } from '../text.ts';
import { renderBack, renderEnd, renderNote, renderStanding } from './lesson-parts.ts';
import './lesson-problems.ts';
import './lesson.css';
import { View } from './view.ts';

/** The text of a lesson with its commands and tasks; how far the learner is stays in sight. */
@customElement('slip-lesson')
export class SlipLesson extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;

  @state() private standing: LessonStanding = { values: {}, steps: {} };

  /** Where the learner was led back to; null for who begins, and once it was put away. */
  @state() private resumedAt: number | null = null;

  private socket: SessionSocket | null = null;
  #leave: (() => void) | null = null;
  /** Whoever reads on is not carried elsewhere. */
  #resumed = false;
  #place: LessonPlace | null = null;
  /** The step that was read last time; undefined while that is being asked. */
  #last: string | null | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave = this.session.join({
      begin: (socket) => {
        this.socket = socket;
        const stop = socket.listen('lesson:standing', (standing) => (this.standing = standing));
        void this.querySelector('slip-lesson-problems')?.look();
        return () => {
          this.socket = null;
          stop();
        };
      },
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
    this.#leave = null;
    this.#place?.close();
  }

  override updated(changed: PropertyValues): void {
    const { lesson } = this.state;
    if (lesson && !this.#place) void this.askPlace(lesson);
    this.resume();
    if (changed.has('resumedAt') && this.resumedAt !== null) this.goTo(this.resumedAt);
  }

  private async askPlace({ slug }: Lesson): Promise<void> {
    this.#place = new LessonPlace(slug);
    this.#last = await this.#place.last();
    this.requestUpdate();
  }

  /** Once, for whoever comes back: to the step that was read last, or else to the first in which something is open. */
  private resume(): void {
    const { lesson, tasks } = this.state;
    if (this.#resumed || !lesson || tasks.size === 0 || this.#last === undefined) return;
    this.#resumed = true;
    const read = lesson.steps.findIndex(({ id }) => id === this.#last);
    const place = read === -1 ? currentPlace(lesson, this.state.tasks) : read;
    if (place > 0 && place < lesson.steps.length) this.resumedAt = place;
  }

  /** Brings the step's heading to the top, and whoever uses a keyboard along, unless they are at work elsewhere. */
  private goTo(place: number): void {
    const step = this.state.lesson?.steps[place];
    const heading = step && this.querySelector<HTMLElement>(`#step-${step.id}`);
    heading?.scrollIntoView();
    const idle = document.activeElement === document.body || document.activeElement?.localName === 'h1';
    if (idle) heading?.focus({ preventScroll: true });
  }

  private readonly onScroll = (event: Event): void => {
    const { lesson } = this.state;
    if (!lesson || !this.#resumed) return;
    this.#place?.scrolled(event.currentTarget as Element, () => this.headings(lesson));
  };

  private headings({ steps }: Lesson): Map<string, Element> {
    return new Map(
      steps.flatMap(({ id }) => {
        const heading = this.querySelector(`#step-${id}`);
        return heading ? [[id, heading] as const] : [];
      }),
    );
  }

  override render() {
    const { lesson } = this.state;
    return html`<section class="lesson" aria-label="Lesson" tabindex="0" @scroll=${this.onScroll}>
      ${lesson ? this.renderLesson(lesson) : html`<p class="lesson-wait muted" role="status">Opening the lesson…</p>`}
    </section>`;
  }

  private renderLesson(lesson: Lesson) {
    const { done, total } = progress(this.state.tasks);
    return html`${lesson.authoring ? html`<slip-lesson-problems .lesson=${lesson.slug}></slip-lesson-problems>` : nothing}
      <header class="lesson-head">
        <h1 tabindex="-1">${lesson.title}</h1>
        ${total > 0 ? html`<slip-progress .done=${done} .total=${total}></slip-progress>` : nothing}
        ${this.resumedAt === null ? nothing : this.renderResumed(lesson, this.resumedAt)}
      </header>
      <div class="lesson-body">
        <p class="lesson-summary">${inlineCode(lesson.summary)}</p>
        ${lesson.steps.map((step, place) => this.renderStep(step, place, lesson))}
        ${total > 0 && done === total ? renderEnd(lesson) : nothing}
      </div>`;
  }

  private renderStep(step: LessonStep, place: number, lesson: Lesson) {
    const id = `step-${step.id}`;
    const closed = lesson.gated && place > currentPlace(lesson, this.state.tasks);
    return html`<section class="step" aria-labelledby=${id}>
      <div class="step-head">
        <h2 id=${id} tabindex="-1"><span class="step-number">${place + 1}</span>${step.title}</h2>
        ${closed ? nothing : this.renderReturn(step, place)}
      </div>
      ${
        closed
          ? html`<p class="muted">This step opens when the one before it is done.</p>`
          : html`${this.renderStanding(step)} ${step.blocks.map((block) => this.renderBlock(block, lesson))}`
      }
    </section>`;
  }

  private renderStanding(step: LessonStep) {
    return renderStanding(step, {
      standing: this.standing.steps[step.id],
      live: this.session.live,
      begin: () => void this.ask('lesson:begin', { step: step.id }),
    });
  }

  /** Where the learner was; and, where the machine is another one that has not come so far, the way there. */
  private renderResumed(lesson: Lesson, place: number) {
    const step = lesson.steps[place];
    if (!step) return nothing;
    const behind =
      currentPlace(lesson, this.state.tasks) < place && this.standing.steps[step.id]?.state !== 'ready';
    return html`<div class="lesson-resumed" role="status">
      <p>You were at step ${place + 1}, “${step.title}”.${behind ? ' This machine is not there yet.' : ''}</p>
      ${
        behind
          ? html`<button
              class="button small"
              ?disabled=${!this.session.live || this.state.action !== null}
              @click=${() => void this.goBack(step)}
            >
              Bring it there
            </button>`
          : nothing
      }
      <button class="button quiet small" @click=${() => (this.resumedAt = null)}>All right</button>
    </div>`;
  }

  private async goBack({ id }: LessonStep): Promise<void> {
    this.resumedAt = null;
    this.#place?.forget();
    await this.session.reset(id);
  }

  /** There for every step from the beginning, so that its place is kept while the step is not ready. */
  private renderReturn(step: LessonStep, place: number) {
    const { id, title } = step;
    const kept = this.state.session?.moments.findLast((moment) => moment.step === id);
    if (kept)
      return renderBack(kept, title, {
        action: this.state.action,
        go: () => void this.session.goBack(kept.id),
      });
    const can = place > 0 && this.standing.steps[id]?.state === 'ready';
    return html`<slip-confirm
      class=${can ? '' : 'unseen'}
      below
      label="Go back to here"
      description=${`Go back to the start of “${title}”`}
      question="Begin this step again, on a new machine? All that comes before it is done again for you; what else is on the machine is erased."
      busy=${this.state.action === 'reset' ? 'Going back…' : ''}
      ?disabled=${this.state.action !== null}
      @slip-confirm=${() => void this.goBack(step)}
    ></slip-confirm>`;
  }

  private renderBlock(block: LessonBlock, lesson: Lesson) {
    switch (block.type) {
      case 'prose':
        return prose(this.values.fillHtml(block.html));
      case 'note':
        return renderNote(block.level, prose(this.values.fillHtml(block.html)));
      case 'file':
        return html`<slip-file .path=${this.filled(block.path)} .text=${this.filled(block.text)}
          >${this.renderSave(block)}</slip-file
        >`;
      case 'layers':
        return html`<slip-layers .caption=${block.caption} .stacks=${block.stacks}></slip-layers>`;
      case 'quiz':
        return this.renderQuestion(block, block.answer);
      case 'predict':
        return html`${this.renderQuestion(block, block.choices.length === 0 ? 'text' : 'one')}
        ${
          block.run === undefined
            ? nothing
            : html`<slip-command
                .text=${this.filled(block.run)}
                runs
                ?live=${this.session.live && this.values.knows(block.run)}
              ></slip-command>`
        }`;
      case 'command':
        return html`<slip-command
          .text=${this.filled(block.text)}
          ?runs=${block.run}
          ?live=${this.session.live && this.values.knows(block.text)}
          ?interrupt=${block.interrupt}
          .terminal=${block.terminal ?? null}
        ></slip-command>`;
      case 'task':
        return this.renderTask(block, lesson);
    }
  }

  private renderSave({ index, path, text }: FileBlock) {
    return html`<button
        slot="actions"
        class="button quiet small"
        ?disabled=${!this.session.live}
        @click=${() => this.dispatchEvent(new OpenFileEvent(this.filled(path), { content: this.filled(text) }))}
      >
        Open
      </button>
      <button
        slot="actions"
        class="button quiet small"
        ?disabled=${!this.session.live}
        @click=${() => void this.ask('lesson:save', { file: index })}
      >
        Save it
      </button>`;
  }

  /** Asks the server for something whose only answer is that it could not be done. */
  private async ask(...message: ['lesson:save', { file: number }] | ['lesson:begin', { step: string }]) {
    try {
      if (message[0] === 'lesson:save') await this.socket?.ask(message[0], message[1]);
      else await this.socket?.ask(message[0], message[1]);
    } catch (error) {
      this.session.warn(sentence(error));
    }
  }

  private renderQuestion(block: QuizBlock | PredictBlock, answer: 'one' | 'many' | 'text') {
    const view = this.state.tasks.get(block.id);
    return html`<slip-question
      .question=${this.filled(block.question)}
      .kind=${block.type}
      .answer=${answer}
      .choices=${block.choices.map((choice) => this.filled(choice))}
      .view=${view}
      ?done=${view?.state === 'done'}
      ?live=${this.session.live}
      .send=${(given: Answer) => this.answer(block.id, given)}
    ></slip-question>`;
  }

  private async answer(id: string, answer: Answer): Promise<AnswerView> {
    if (!this.socket) throw new Error('The machine is not running.');
    return this.socket.ask('lesson:answer', { id, answer });
  }

  private get values(): LessonValues {
    return new LessonValues(this.state.lesson?.variables ?? {}, this.standing.values);
  }

  private filled(text: string): string {
    return this.values.fill(text);
  }

  private renderTask(task: TaskBlock, lesson: Lesson) {
    const view = this.state.tasks.get(task.id);
    const current = currentTask(lesson, this.state.tasks) === task.id;
    return html`<slip-task
      .heading=${this.filled(task.title)}
      .checks=${task.checks}
      ?known=${view !== undefined}
      .hints=${task.hints.map((hint) => ({ ...hint, text: this.filled(hint.text) }))}
      .solution=${this.filled(task.solution ?? '')}
      .advice=${(view?.advice ?? []).map((text) => this.filled(text))}
      .deadEnd=${this.filled(view?.deadEnd ?? '')}
      ?live=${this.session.live}
      .findings=${view?.findings ?? []}
      ?done=${view?.state === 'done'}
      ?current=${current}
    ></slip-task>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-lesson': SlipLesson;
  }
}
