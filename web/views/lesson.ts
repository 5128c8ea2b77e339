import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Lesson, LessonBlock, LessonStep, NoteLevel, TaskBlock } from '../../server/protocol.ts';
import '../components/command.ts';
import '../components/file.ts';
import '../components/layers.ts';
import '../components/progress.ts';
import '../components/task.ts';
import type { RunCommandEvent } from '../events.ts';
import { prose } from '../prose.ts';
import { progress, type WorkspaceSession, type WorkspaceState } from '../session.ts';
import { inlineCode } from '../text.ts';
import './lesson.css';
import { View } from './view.ts';

const NOTE_NAMES: Readonly<Record<NoteLevel, string>> = {
  note: 'Note',
  tip: 'Tip',
  important: 'Important',
  warning: 'Warning',
  caution: 'Caution',
};

/** The text of a lesson with its commands and tasks; how far the learner is stays in sight. */
@customElement('slip-lesson')
export class SlipLesson extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;

  override render() {
    const { lesson } = this.state;
    return html`<section class="lesson" aria-label="Lesson" tabindex="0" @slip-run=${(event: RunCommandEvent) => this.run(event)}>
      ${lesson ? this.renderLesson(lesson) : html`<p class="lesson-wait muted" role="status">Opening the lesson…</p>`}
    </section>`;
  }

  private renderLesson(lesson: Lesson) {
    const { done, total } = progress(this.state.tasks);
    return html`<header class="lesson-head">
        <h1 tabindex="-1">${lesson.title}</h1>
        ${total > 0 ? html`<slip-progress .done=${done} .total=${total}></slip-progress>` : nothing}
      </header>
      <div class="lesson-body">
        <p class="lesson-summary">${inlineCode(lesson.summary)}</p>
        ${lesson.steps.map((step, place) => this.renderStep(step, place, lesson))}
        ${total > 0 && done === total ? this.renderEnd(lesson) : nothing}
      </div>`;
  }

  private renderStep(step: LessonStep, place: number, lesson: Lesson) {
    const id = `step-${step.id}`;
    return html`<section class="step" aria-labelledby=${id}>
      <h2 id=${id}><span class="step-number">${place + 1}</span>${step.title}</h2>
      ${step.blocks.map((block) => this.renderBlock(block, lesson))}
    </section>`;
  }

  private renderBlock(block: LessonBlock, lesson: Lesson) {
    switch (block.type) {
      case 'prose':
        return prose(block.html);
      case 'note':
        return html`<aside class="note ${block.level}" aria-label=${NOTE_NAMES[block.level]}>
          <p class="note-head" aria-hidden="true">${NOTE_NAMES[block.level]}</p>
          ${prose(block.html)}
        </aside>`;
      case 'file':
        return html`<slip-file .path=${block.path} .text=${block.text}></slip-file>`;
      case 'layers':
        return html`<slip-layers .caption=${block.caption} .stacks=${block.stacks}></slip-layers>`;
      case 'quiz':
      case 'predict':
        return nothing;
      case 'command':
        return html`<slip-command
          .text=${block.text}
          ?runs=${block.run}
          ?live=${this.session.live}
          ?interrupt=${block.interrupt}
          .terminal=${block.terminal ?? null}
        ></slip-command>`;
      case 'task':
        return this.renderTask(block, lesson);
    }
  }

  private renderTask(task: TaskBlock, lesson: Lesson) {
    const view = this.state.tasks.get(task.id);
    const current = this.currentTask(lesson) === task.id;
    return html`<slip-task
      .heading=${task.title}
      .hints=${task.hints}
      .solution=${task.solution ?? ''}
      ?live=${this.session.live}
      .findings=${view?.findings ?? []}
      ?done=${view?.state === 'done'}
      ?current=${current}
    ></slip-task>`;
  }

  private renderEnd(lesson: Lesson) {
    return html`<section class="lesson-end" aria-labelledby="lesson-end">
      <h2 id="lesson-end">That is the whole lesson</h2>
      <p>You can now:</p>
      <ul>
        ${lesson.outcomes.map((outcome) => html`<li>${inlineCode(outcome)}</li>`)}
      </ul>
      <p class="muted">The machine stays yours until its time is over. Go on trying things in it.</p>
      <a class="button" href="/">All lessons</a>
    </section>`;
  }

  private run(event: RunCommandEvent): void {
    event.stopPropagation();
    void this.session.run(event.command, event.manner);
  }

  /** The first open task, in the lesson's order: the one the learner is most likely at. */
  private currentTask(lesson: Lesson): string | undefined {
    const tasks = lesson.steps.flatMap(({ blocks }) => blocks.filter((block) => block.type === 'task'));
    return tasks.find(({ id }) => this.state.tasks.get(id)?.state !== 'done')?.id;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-lesson': SlipLesson;
  }
}
