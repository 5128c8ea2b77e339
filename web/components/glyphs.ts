import { svg, html, type TemplateResult } from 'lit';

const glyph = (path: string): TemplateResult =>
  html`<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${path} />`}</svg>`;

/** Drawn in the colour of the text beside them; for the eye alone. */
export const glyphs = {
  add: glyph('M8 3v10M3 8h10'),
  close: glyph('M4 4l8 8M12 4l-8 8'),
  check: glyph('M3.5 8.5l3 3 6-7'),
  copy: glyph('M6 6V3.5h6.5V10H10M3.5 6H10v6.5H3.5z'),
  run: glyph('M5 3.5v9l7.5-4.5z'),
  panel: glyph('M2.5 3.5h11v9h-11zM6.5 3.5v9'),
  keyboard: glyph('M2 4.5h12v7H2zM4.5 7h0M7 7h0M9.5 7h0M12 7h0M5 9.5h6'),
  up: glyph('M4 10l4-4 4 4'),
  down: glyph('M4 6l4 4 4-4'),
  right: glyph('M6 4l4 4-4 4'),
  file: glyph('M4 2.5h5l3 3v8H4zM9 2.5v3h3'),
  folder: glyph('M2 4.5h4.5l1.5 1.5h6v6.5H2z'),
  addFile: glyph('M4 2.5h5l3 3v8H4zM8 7v4M6 9h4'),
  addFolder: glyph('M2 4.5h4.5l1.5 1.5h6v6.5H2zM8 7.5v3.5M6.2 9.2h3.6'),
  upload: glyph('M8 10.5V3M5 6l3-3 3 3M3 10.5v2.5h10v-2.5'),
  download: glyph('M8 3v7.5M5 7.5l3 3 3-3M3 10.5v2.5h10v-2.5'),
  rename: glyph('M3 13l.8-3L10.5 3.3l2.2 2.2L6 12.2z'),
  bin: glyph('M3.5 5h9M6 5V3.5h4V5M5 5l.5 8h5l.5-8'),
  outside: glyph('M9 3h4v4M13 3L7.5 8.5M11.5 9.5v3h-8v-8h3'),
  rows: glyph('M2.5 3.5h11v9h-11zM2.5 8h11'),
  columns: glyph('M2.5 3.5h11v9h-11zM8 3.5v9'),
  back: glyph('M10 4l-4 4 4 4'),
  forward: glyph('M6 4l4 4-4 4'),
  arrow: glyph('M3 8h10M9 4l4 4-4 4'),
};

/** Three layers that slide down a slipway. */
export const mark = html`<svg viewBox="0 0 32 32" aria-hidden="true">
  <path d="M3 6h14v5H3zM9 13.5h14v5H9zM15 21h14v5H15z" />
</svg>`;
