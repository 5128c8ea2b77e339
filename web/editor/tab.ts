import { html, nothing } from 'lit';
import { glyphs } from '../components/glyphs.ts';
import { nameOf, parentOf } from '../files/paths.ts';
import type { OpenDocument } from './document.ts';

export interface TabOptions {
  readonly active: boolean;
  /** Another open file has the same name: the folder is shown, too. */
  readonly twin: boolean;
  readonly show: () => void;
  readonly close: () => void;
}

/** The tab of an open file. */
export function renderTab(
  { path, dirty, state }: Pick<OpenDocument, 'path' | 'dirty' | 'state'>,
  { active, twin, show, close }: TabOptions,
) {
  return html`<div
    class="tab ${dirty ? 'dirty' : ''}"
    role="tab"
    tabindex=${active ? 0 : -1}
    aria-selected=${active ? 'true' : 'false'}
    aria-keyshortcuts="Delete"
    title=${path}
    @click=${show}
    @auxclick=${(event: MouseEvent) => event.button === 1 && close()}
  >
    <span class=${state.name === 'gone' ? 'editor-gone' : ''}
      >${nameOf(path)}${twin ? html` <span class="muted">${parentOf(path) || '~'}</span>` : nothing}</span
    >
    <span
      class="tab-close"
      aria-hidden="true"
      title="Close"
      @click=${(event: Event) => {
        event.stopPropagation();
        close();
      }}
      >${glyphs.close}</span
    >
  </div>`;
}
