import DOMPurify from 'dompurify';
import type { TemplateResult } from 'lit';
import { html } from 'lit';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';

const purifier = DOMPurify(window);
const ALLOWED = {
  ALLOWED_TAGS:
    'a b blockquote br code del dd dl dt em h3 h4 hr i img kbd li ol p pre s strong sub sup table tbody td th thead tr ul'.split(
      ' ',
    ),
  ALLOWED_ATTR: ['href', 'title', 'alt', 'src', 'start', 'align'],
  ALLOW_DATA_ATTR: false,
};

/** Pages elsewhere open beside the app: leaving it would leave the terminal. */
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node instanceof HTMLAnchorElement && node.origin !== location.origin) {
    node.target = '_blank';
    node.rel = 'noopener noreferrer';
  }
});

/** The server's HTML, cleaned a second time on its way into the document. */
export const prose = (text: string): TemplateResult =>
  html`<div class="prose">${unsafeHTML(purifier.sanitize(text, ALLOWED))}</div>`;
