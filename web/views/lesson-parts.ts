import { html, nothing } from 'lit';
import type { Lesson, LessonStanding, LessonStep, MomentView, NoteLevel } from '../../server/protocol.ts';
import type { Action } from '../session.ts';
import { formatDuration, inlineCode } from '../text.ts';

const NOTE_NAMES: Readonly<Record<NoteLevel, string>> = {
  note: 'Note',
  tip: 'Tip',
  important: 'Important',
  warning: 'Warning',
  caution: 'Caution',
};

export const renderNote = (level: NoteLevel, text: unknown) =>
  html`<aside class="note ${level}" aria-label=${NOTE_NAMES[level]}>
    <p class="note-head" aria-hidden="true">${NOTE_NAMES[level]}</p>
    ${text}
  </aside>`;

export interface Preparation {
  /** Undefined until the step's turn comes. */
  readonly standing: LessonStanding['steps'][string] | undefined;
  /** There is a machine to make it on. */
  readonly live: boolean;
  readonly begin: () => void;
}

/** What is made for a step before one begins it: that it is being made, that it is not yet, or why it could not be. */
export function renderStanding({ prepared }: LessonStep, preparation: Preparation) {
  const { standing } = preparation;
  if (standing?.state === 'failed') {
    return html`<div class="step-standing" role="alert">
      <p>This step could not be made ready. ${inlineCode(standing.problem ?? '')}</p>
      ${renderBegin(preparation, 'Try again')}
    </div>`;
  }
  if (!prepared) return nothing;
  const said =
    standing &&
    (standing.state === 'ready' ? 'What this step needs is ready.' : 'Making ready what this step needs…');
  const wait = 'What this step needs is made ready when the steps before it are done.';
  // The longest of them keeps the place of all: nothing below moves.
  return html`<div class="step-standing" role="status">
    <p>
      <span class=${said === undefined ? '' : 'unseen'}>${wait}</span
      >${said === undefined ? nothing : html`<span>${said}</span>`}
    </p>
    ${renderBegin(preparation, 'Make it now', said !== undefined)}
  </div>`;
}

function renderBegin({ live, begin }: Preparation, label: string, unseen = false) {
  return html`<button class="button small ${unseen ? 'unseen' : ''}" ?disabled=${!live} @click=${begin}>
    ${label}
  </button>`;
}

/** Back to the moment at which a step began, which is kept; `action` is what is being done already. */
export function renderBack(
  { takenAt }: MomentView,
  title: string,
  { action, go }: { readonly action: Action | null; readonly go: () => void },
) {
  const ago = formatDuration(Date.now() - Date.parse(takenAt));
  return html`<slip-confirm
    below
    label="Go back to here"
    description=${`Go back to the start of “${title}”`}
    question=${`Bring the machine back to how it was when this step began? What was done on it since then, ${ago} ago, is lost.`}
    busy=${action === 'back' ? 'Going back…' : ''}
    ?disabled=${action !== null}
    @slip-confirm=${go}
  ></slip-confirm>`;
}

export const renderEnd = ({ outcomes }: Lesson) =>
  html`<section class="lesson-end" aria-labelledby="lesson-end">
    <h2 id="lesson-end">That is the whole lesson</h2>
    <p>You can now:</p>
    <ul>
      ${outcomes.map((outcome) => html`<li>${inlineCode(outcome)}</li>`)}
    </ul>
    <p class="muted">The machine stays yours until its time is over. Go on trying things in it.</p>
    <a class="button" href="/">All lessons</a>
  </section>`;
