import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MapGoal, MapState } from '../../server/protocol.ts';
import { glyphs } from '../components/glyphs.ts';
import type { WorkspaceSession } from '../session.ts';
import { Watch } from '../store.ts';
import { View } from '../views/view.ts';
// First: what is in its parts stands over it.
import './map.css';
import './builds.ts';
import './detail.ts';
import './drawing.ts';
import { haunt } from './ghosts.ts';
import { goalList } from './goal-list.ts';
import { isDone } from './goal-words.ts';
import { MapLink } from './link.ts';
import { EMPTY_STATE } from './moments.ts';
import type { SelectEvent } from './select.ts';
import './text-form.ts';

type Form = 'drawing' | 'text' | 'builds';

const FORMS: readonly { readonly form: Form; readonly label: string }[] = [
  { form: 'drawing', label: 'Drawing' },
  { form: 'text', label: 'Text' },
  { form: 'builds', label: 'Builds' },
];

/**
 * The live map of a machine's engine: images as stacks of layers, what stands on them, and where they came from. The
 * same is there as text; what happens is spoken; past moments can be looked at.
 */
@customElement('slipway-map')
export class SlipwayMap extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  /** What the task asks for is drawn over what is there. Event: `slip-goal-switch`, to have it otherwise. */
  @property({ type: Boolean }) goalShown = false;

  @state() private form: Form = 'drawing';
  /** What is open in the detail: the kind and the id, such as `image sha256:…`. */
  @state() private selected = '';
  /** Time of the past moment that is looked at; null for now. */
  @state() private past: number | null = null;

  readonly #link = new MapLink();
  readonly #watch = new Watch(this);
  #leave: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('keydown', this.onKey);
    this.#watch.follow(this.#link.store);
    if (this.hasUpdated) this.join();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('keydown', this.onKey);
    this.#leave?.();
    this.#leave = null;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('session')) this.join();
  }

  override render() {
    const { stage, moments, problem, cameTrue } = this.#link.store.value;
    const last = moments.at(-1);
    const said = this.past === null ? [...(last?.said ?? []), ...(this.goalShown ? cameTrue : [])] : [];
    return html`
      <h2 class="visually-hidden">Map of the engine</h2>
      <div class="map-bar">
        ${this.renderForms()}
        <span class="map-space"></span>
        ${this.renderGoalSwitch()}
        ${stage === 'waiting' && last ? html`<span class="muted">Not connected</span>` : nothing}
      </div>
      ${
        last
          ? this.renderMap()
          : html`<p class="map-wait muted" role="status">
              ${stage === 'failed' ? problem : 'The map appears when the machine runs.'}
              ${stage === 'failed' ? html`<button class="button small" @click=${this.retry}>Try again</button>` : nothing}
            </p>`
      }
      <p class="visually-hidden" role="status">${said.join(' ')}</p>
    `;
  }

  private renderForms() {
    return html`<div class="map-forms" role="group" aria-label="Form of the map">
      ${FORMS.map(
        ({ form, label }) =>
          html`<button
            class="button quiet small"
            aria-pressed=${form === this.form ? 'true' : 'false'}
            @click=${() => (this.form = form)}
          >
            ${label}
          </button>`,
      )}
    </div>`;
  }

  private renderGoalSwitch() {
    const { goal } = this.#link.store.value;
    if (!goal) return nothing;
    const { asked } = haunt(this.shown, goal);
    const count = asked.length === 0 ? '' : ` ${asked.filter(isDone).length}/${asked.length}`;
    return html`<button
      class="button quiet small map-goal-switch"
      aria-pressed=${this.goalShown ? 'true' : 'false'}
      aria-keyshortcuts="g"
      title="What the task asks for, over what is there (G)"
      @click=${this.toggleGoal}
    >
      Goal${count}
    </button>`;
  }

  private renderMap() {
    const shown = this.shown;
    const goal = this.goal;
    return html`
      ${goal ? goalList(goal, haunt(shown, goal).asked) : nothing}
      <div class="map-body" @slip-map-select=${this.onSelect}>
        <div class="map-main">${this.renderForm(shown)}</div>
        ${
          this.selected === ''
            ? nothing
            : html`<slip-map-detail
                .link=${this.#link}
                .state=${shown}
                .selected=${this.selected}
                .goal=${goal}
                ?past=${this.past !== null}
                @slip-map-close=${this.onClose}
              ></slip-map-detail>`
        }
      </div>
      ${this.renderHistory()}
    `;
  }

  private renderForm(shown: MapState) {
    switch (this.form) {
      case 'drawing':
        return html`<slip-map-drawing
          .state=${shown}
          .selected=${this.selected}
          .goal=${this.goal}
          ?past=${this.past !== null}
        ></slip-map-drawing>`;
      case 'text':
        return html`<slip-map-text .state=${shown} .selected=${this.selected}></slip-map-text>`;
      case 'builds':
        return html`<slip-map-builds .state=${shown}></slip-map-builds>`;
    }
  }

  /** The moments as a line: stepping back shows the map as it was. */
  private renderHistory() {
    const { moments } = this.#link.store.value;
    const at = this.momentIndex;
    const moment = moments[at];
    if (!moment || moments.length < 2) return nothing;
    const time = new Date(moment.at).toLocaleTimeString();
    const words = moment.said.join(' ') || 'The first moment that is known.';
    const now = this.past === null;
    return html`<div class="map-history">
      <button
        class="button quiet small icon"
        aria-label="One step back"
        ?disabled=${at === 0}
        @click=${() => this.step(-1)}
      >
        ${glyphs.back}
      </button>
      <input
        type="range"
        min="0"
        max=${moments.length - 1}
        .value=${String(at)}
        aria-label="Moment of the map"
        aria-valuetext=${now ? 'now' : `${time}: ${words}`}
        @input=${this.onRange}
      />
      <button
        class="button quiet small icon"
        aria-label="One step forward"
        ?disabled=${now}
        @click=${() => this.step(1)}
      >
        ${glyphs.forward}
      </button>
      <button class="button small" ?disabled=${now} @click=${() => (this.past = null)}>Now</button>
      <p class="map-moment ${now ? 'muted' : ''}">
        ${now ? '' : html`<strong>As it was at ${time}.</strong> `}${words}
      </p>
    </div>`;
  }

  private get momentIndex(): number {
    const { moments } = this.#link.store.value;
    if (this.past === null) return moments.length - 1;
    const found = moments.findLastIndex(({ at }) => at <= (this.past ?? 0));
    return Math.max(0, found);
  }

  private get shown(): MapState {
    return this.#link.store.value.moments[this.momentIndex]?.state ?? EMPTY_STATE;
  }

  /** What is to be drawn of the goal: nothing in the past, which was not asked for it. */
  private get goal(): MapGoal | null {
    return this.goalShown && this.past === null ? this.#link.store.value.goal : null;
  }

  private readonly toggleGoal = (): void => {
    this.dispatchEvent(new Event('slip-goal-switch', { bubbles: true }));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const isTyping = event.target instanceof Element && event.target.matches('input, select, textarea');
    if (event.key.toLowerCase() !== 'g' || event.ctrlKey || event.altKey || event.metaKey || isTyping) return;
    if (!this.#link.store.value.goal) return;
    event.preventDefault();
    this.toggleGoal();
  };

  private join(): void {
    this.#leave?.();
    this.#leave = this.session.join(this.#link);
  }

  private readonly retry = (): void => {
    void this.#link.open();
  };

  private step(by: number): void {
    this.goTo(this.momentIndex + by);
  }

  private readonly onRange = (event: Event): void => {
    this.goTo(Number((event.target as HTMLInputElement).value));
  };

  private goTo(index: number): void {
    const { moments } = this.#link.store.value;
    this.past = index >= moments.length - 1 ? null : (moments[Math.max(0, index)]?.at ?? null);
  }

  private readonly onSelect = ({ what }: SelectEvent): void => {
    this.selected = what;
  };

  private readonly onClose = (): void => {
    const key = this.selected;
    this.selected = '';
    void this.updateComplete.then(() => {
      const drawing = this.querySelector('slip-map-drawing');
      if (drawing) drawing.focusItem(key);
      else this.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
    });
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slipway-map': SlipwayMap;
  }
}
