import { html, nothing } from 'lit';
import { glyphs } from '../components/glyphs.ts';
import { nameOf } from '../files/paths.ts';
import type { BuildProblem } from './build-problems.ts';
import type { DocumentState } from './document.ts';

/** What the editor says around and instead of a file's text. */

type Words = { [N in DocumentState['name']]: (state: Extract<DocumentState, { name: N }>) => string };

const STATES: Words = {
  opening: () => '',
  saved: () => 'Saved',
  typing: () => 'Saving…',
  saving: () => 'Saving…',
  unsaved: ({ reason }) => `Not saved: ${reason}`,
  conflict: () => 'Changed in both places',
  shut: () => '',
  gone: () => 'Removed in the machine',
};

export const stateWords = (state: DocumentState): string => STATES[state.name](state as never);

/** `other` is the text that the machine has; `null` where it has removed the file. */
export function renderConflict(
  other: string | null,
  choose: { readonly mine: () => void; readonly both: () => void },
) {
  return html`<div class="editor-notice conflict" role="alert">
    <p>
      ${other === null ? 'This file was removed in the machine' : 'This file was changed in the machine, too'},
      while you typed here. Nothing is lost: which text shall it have?
    </p>
    <button class="button small" @click=${choose.mine}>Mine</button>
    ${
      other === null
        ? nothing
        : html`<button class="button small" @click=${choose.both}>
            The machine’s, and mine in a file beside it
          </button>`
    }
  </div>`;
}

export function renderProblem({ line, message }: BuildProblem, show: () => void) {
  return html`<div class="editor-notice problem">
    <p><strong>The build failed at line ${line}:</strong> <code>${message}</code></p>
    <button class="button small" @click=${show}>Go to line ${line}</button>
  </div>`;
}

export const renderMissing = () =>
  html`<div class="editor-nothing" role="alert">
    <p>The editor could not be fetched from the server. Load the page again.</p>
  </div>`;

/** A file that cannot be edited, and can be downloaded from `url`. */
export function renderShut({ path, state }: { path: string; state: DocumentState }, url: string) {
  return html`<div class="editor-nothing">
    <p>${state.name === 'shut' ? state.reason : ''}</p>
    <a class="button" download=${nameOf(path)} href=${url}>${glyphs.download} Download</a>
  </div>`;
}

export const renderEmpty = (opening: boolean) =>
  opening
    ? html`<div class="editor-nothing muted" role="status">Opening…</div>`
    : html`<div class="editor-nothing muted">
        <p>Choose a file to edit it, or make one. All is saved as you type.</p>
      </div>`;
