import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { HubPush, HubPushPart } from '../../server/protocol.ts';
import { glyphs } from '../components/glyphs.ts';
import { formatBytes } from '../text.ts';
import { View } from './view.ts';

const STATES = {
  there: 'already there',
  mounted: 'taken from another repository',
  sending: 'travelling',
  sent: 'arrived',
  failed: 'failed',
} as const satisfies Record<HubPushPart['state'], string>;

/** Pushes under way: which layers travel, and which need not. */
@customElement('slip-pushes')
export class SlipPushes extends View {
  @property({ attribute: false }) pushes: readonly HubPush[] = [];

  override render() {
    return html`<p class="visually-hidden" role="status">${this.pushes.map(told).join(' ')}</p>
      ${this.pushes.length === 0 ? nothing : this.renderPushes()}`;
  }

  private renderPushes() {
    return html`<section aria-labelledby="pushes">
      <h2 id="pushes">Being pushed</h2>
      <ul class="pushes">
        ${repeat(
          this.pushes,
          ({ id }) => id,
          (push) => this.renderPush(push),
        )}
      </ul>
    </section>`;
  }

  private renderPush(push: HubPush) {
    const { by, repository, tag, state, parts } = push;
    return html`<li class="push ${state}">
      <p class="push-title">
        <a href="/hub/${repository}">${repository}${tag === null ? '' : `:${tag}`}</a>
        <span class="muted">${state === 'done' ? `pushed by ${by}` : `${by} is pushing`}</span>
      </p>
      <ul class="push-parts">
        ${repeat(
          parts,
          ({ id }) => id,
          (part) => renderPart(part),
        )}
      </ul>
    </li>`;
  }
}

const renderPart = ({ digest, state, size }: HubPushPart) =>
  html`<li class="push-part ${state}">
    <span class="push-bar" aria-hidden="true"></span>
    <code>${digest === null ? 'layer' : shortDigest(digest)}</code>
    <span class="push-state">${state === 'sending' ? glyphs.up : glyphs.check} ${STATES[state]}</span>
    <span class="figure">${formatBytes(size)}</span>
  </li>`;

/** Twelve digits, as Docker shows them. */
export const shortDigest = (digest: string): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12);

/** Only what a listener wants to hear: not every byte. */
function told({ repository, by, state, tag }: HubPush): string {
  return state === 'done'
    ? `${repository}${tag === null ? '' : `:${tag}`} has been pushed.`
    : `${by} is pushing to ${repository}.`;
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-pushes': SlipPushes;
  }
}
