import { html, type TemplateResult } from 'lit';
import { SelectEvent } from './select.ts';

/** A name that opens what it names. */
export function choice(what: string, name: string): TemplateResult {
  return html`<button
    class="map-link"
    @click=${(event: Event) => event.currentTarget?.dispatchEvent(new SelectEvent(what))}
  >
    ${name}
  </button>`;
}
