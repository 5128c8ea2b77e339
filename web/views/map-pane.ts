import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { WorkspaceSession } from '../session.ts';
import './map-pane.css';
import { View } from './view.ts';

/** The map's own part of the page's code: fetched when the map is first looked at. */
const fetchMap = import.meta.glob('../map/map.ts')['../map/map.ts'];

/** The place of the map of the engine, `slip-map-pane`; what is in it comes lazily. */
@customElement('slip-map-pane')
export class SlipMapPane extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ type: Boolean }) shown = false;
  /** What the task asks for is drawn, too. Event: `slip-goal-switch`, to have it otherwise. */
  @property({ type: Boolean }) goal = false;

  @state() private map: 'unasked' | 'coming' | 'there' | 'missing' = 'unasked';

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('shown') && this.shown && this.map === 'unasked') void this.load();
  }

  override focus(): void {
    this.querySelector<HTMLElement>('.map-pane')?.focus();
  }

  override render() {
    return html`<section class="map-pane" aria-label="Map" tabindex="-1">
      ${this.map === 'coming' ? html`<p class="map-pane-wait muted" role="status">Opening the map…</p>` : nothing}
      ${this.map === 'missing' ? this.renderMissing() : nothing}
      ${this.map === 'there' && this.shown ? html`<slipway-map .session=${this.session} ?goalShown=${this.goal}></slipway-map>` : nothing}
    </section>`;
  }

  private renderMissing() {
    return html`<div class="map-pane-wait" role="alert">
      <p>The map could not be fetched from the server.</p>
      <button class="button" @click=${() => void this.load()}>Try again</button>
    </div>`;
  }

  private async load(): Promise<void> {
    this.map = 'coming';
    try {
      if (!fetchMap) throw new Error('This build has no map.');
      await fetchMap();
      this.map = 'there';
    } catch {
      this.map = 'missing';
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-pane': SlipMapPane;
  }
}
