import { html } from 'lit';

/** Whether a character key is meant for a field, an editor or a terminal. */
export function isTyping(event: KeyboardEvent): boolean {
  return event
    .composedPath()
    .some(
      (node) =>
        node instanceof HTMLElement &&
        node.matches('input:not([type=checkbox]), textarea, select, [contenteditable], [role=textbox]'),
    );
}

/** A button that shows a part of the page, and puts it away. */
export const renderPart = (name: string, id: string, shown: boolean, toggle: () => void) =>
  html`<button
    class="button quiet small"
    aria-expanded=${shown ? 'true' : 'false'}
    aria-controls=${id}
    @click=${toggle}
  >
    ${name}
  </button>`;

export const renderMissingTerminals = () =>
  html`<div slot="end" class="workspace-missing" role="alert">
    <p>The terminal could not be fetched from the server.</p>
    <button class="button primary" @click=${() => location.reload()}>Load the page again</button>
  </div>`;
