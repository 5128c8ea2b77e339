import { html, type TemplateResult } from 'lit';
import { nameOf } from './paths.ts';

/** What is being asked for in the tree itself. */
export type Question =
  | { readonly name: 'file' | 'folder'; readonly in: string }
  | { readonly name: 'rename' | 'remove'; readonly path: string };

export interface QuestionActions {
  readonly key: (event: KeyboardEvent) => void;
  readonly answer: (event: Event) => void;
  readonly blur: () => void;
  readonly remove: (path: string) => void;
  readonly end: () => void;
}

/** The question as a line of the tree, as far in as the rows of `level`. */
export function renderQuestion(question: Question, level: number, on: QuestionActions): TemplateResult {
  if (question.name === 'remove') {
    return html`<div class="tree-question tree-remove" @keydown=${on.key}>
      <span>Delete ${nameOf(question.path)}?</span>
      <button class="button danger small" @click=${() => on.remove(question.path)}>Delete</button>
      <button class="button small" @click=${on.end}>Keep</button>
    </div>`;
  }
  const old = question.name === 'rename' ? nameOf(question.path) : '';
  const label = question.name === 'rename' ? `New name of ${old}` : `Name of the new ${question.name}`;
  return html`<form class="tree-question" style="--level: ${level}" @submit=${on.answer} @keydown=${on.key}>
    <input
      type="text"
      aria-label=${label}
      .value=${old}
      autocomplete="off"
      spellcheck="false"
      @blur=${on.blur}
    />
  </form>`;
}

/** What is typed first replaces the name without its ending. */
export function focusStem(input: HTMLInputElement): void {
  input.focus();
  const dot = input.value.lastIndexOf('.');
  input.setSelectionRange(0, dot > 0 ? dot : input.value.length);
}
