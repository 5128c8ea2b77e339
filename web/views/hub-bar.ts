import { html } from 'lit';
import { mark } from '../components/glyphs.ts';

/** The head of the hub's pages, with the way to where one is. */
export const hubBar = (place: string | null) =>
  html`<header class="home-bar">
    <a class="brand" href="/">${mark} Slipway</a>
    <nav aria-label="Pages">
      ${
        place === null
          ? html`<a href="/hub" aria-current="page">Hub</a>`
          : html`<a href="/hub">Hub</a> <span aria-hidden="true">/</span> <span>${place}</span>`
      }
    </nav>
  </header>`;

/** A moment as people say it, and in full for those who point at it. */
export const moment = (iso: string | null) => {
  if (iso === null) return html`<span class="muted">with the lab</span>`;
  const date = new Date(iso);
  const near = Date.now() - date.getTime() < 86_400_000;
  const text = near
    ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString([], { year: 'numeric', month: 'short', day: 'numeric' });
  return html`<time datetime=${iso} title=${date.toLocaleString()}>${text}</time>`;
};

/** Such as `1 tag`, `3 tags`. */
export const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
