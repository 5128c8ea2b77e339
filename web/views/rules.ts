import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { mark } from '../components/glyphs.ts';
import { GUIDE, rulePath, type RuleGuide, type RuleId } from '../editor/dockerfile/guide.ts';
import { inlineCode } from '../text.ts';
import './missing.ts';
import './rules.css';
import { View } from './view.ts';

const ENTRIES = Object.entries(GUIDE) as [RuleId, RuleGuide][];

/** The pages about the editor's rules for Dockerfiles: all of them, or one. */
@customElement('slip-rules')
export class SlipRules extends View {
  /** The name of one; `null` for all. */
  @property() rule: string | null = null;

  override updated(): void {
    document.title = `${this.entry?.[1].title ?? 'Rules for Dockerfiles'} · Slipway`;
  }

  override render() {
    const { entry } = this;
    if (this.rule !== null && !entry)
      return html`<slip-missing .what=${'There is no rule of this name.'}></slip-missing>`;
    return html`<div class="home rules">
      <header class="home-bar">
        <a class="brand" href="/">${mark} Slipway</a>
        <nav aria-label="Pages">
          ${
            entry
              ? html`<a href="/rules">Rules for Dockerfiles</a> <span aria-hidden="true">/</span>
                  <span>${entry[0]}</span>`
              : html`<a href="/rules" aria-current="page">Rules for Dockerfiles</a>`
          }
        </nav>
      </header>
      <main>${entry ? renderRule(entry[1]) : renderAll()}</main>
    </div>`;
  }

  private get entry(): [RuleId, RuleGuide] | undefined {
    return ENTRIES.find(([id]) => id === this.rule);
  }
}

const renderAll = () => html`
  <h1 tabindex="-1">Rules for Dockerfiles</h1>
  <p>What the editor says of a Dockerfile that builds, and could be better.</p>
  <ul class="rules-list">
    ${ENTRIES.map(
      ([id, { title, why }]) =>
        html`<li>
          <h2><a href=${rulePath(id)}>${title}</a></h2>
          <p class="muted">${inlineCode(why)}</p>
        </li>`,
    )}
  </ul>
`;

const renderRule = ({ title, why, bad, good, note }: RuleGuide) => html`
  <h1 tabindex="-1">${title}</h1>
  <p>${inlineCode(why)}</p>
  <div class="rules-pair">${renderExample('Instead of', bad, good)} ${renderExample('Write', good, bad)}</div>
  <p>${inlineCode(note)}</p>
  <p><a href="/rules">All rules</a></p>
`;

/** Lines that the other example does not have stand out. */
function renderExample(heading: string, text: string, other: string) {
  const others = new Set(other.split('\n'));
  const lines = text.trimEnd().split('\n');
  return html`<figure class="rules-example ${heading === 'Write' ? 'good' : 'bad'}">
    <figcaption>${heading}</figcaption>
    <pre tabindex="0" role="region" aria-label=${heading}>
${lines.map((line, place) => [
        others.has(line) ? line : html`<mark>${line}</mark>`,
        place < lines.length - 1 ? '\n' : nothing,
      ])}</pre>
  </figure>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-rules': SlipRules;
  }
}
