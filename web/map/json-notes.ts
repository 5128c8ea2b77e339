import { html } from 'lit';
import { inlineCode } from '../text.ts';
import type { Note } from './notes.ts';

export interface JsonNotes {
  /** Of the whole. */
  readonly title: string;
  /** Indented JSON. */
  readonly json: string;
  readonly cut: boolean;
  readonly notes: readonly Note[];
}

/** JSON that unfolds, with plain words for each of its keys. */
export function jsonNotes({ title, json, cut, notes }: JsonNotes, above: unknown = '') {
  return html`<details>
    <summary>${title} as JSON, with notes</summary>
    ${above}
    <pre class="map-json" tabindex="0" role="region" aria-label="${title} as JSON">
${json}${cut ? '\n…' : ''}</pre>
    <dl class="map-notes">
      ${notes.map(
        ({ key, note }) =>
          html`<dt><code>${key}</code></dt>
            <dd>${inlineCode(note)}</dd>`,
      )}
    </dl>
  </details>`;
}
