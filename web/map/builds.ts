import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { BuildRecord, BuildStep, MapState } from '../../server/protocol.ts';
import { formatBytes } from '../text.ts';
import { View } from '../views/view.ts';
import './builds.css';
import { SelectEvent } from './select.ts';
import { causeOf, formatMs, slowest, summaryOf } from './x-ray.ts';

const RESULTS = { base: 'base', cached: 'hit', made: 'made', none: '' } as const;

/** The X-ray of builds: for each step hit or miss, time, size, and why the cache broke. */
@customElement('slip-map-builds')
export class SlipMapBuilds extends View {
  @property({ attribute: false }) state!: MapState;

  /** The build that is looked at; the latest when empty. */
  @state() private chosen = '';

  override render() {
    const builds = [...this.state.builds].reverse();
    const [latest] = builds;
    if (!latest) {
      return html`<div class="map-builds">
        <p class="muted">
          No image was built yet. After a <code>docker build</code> this shows what each step did.
        </p>
      </div>`;
    }
    const build = builds.find(({ id }) => id === this.chosen) ?? latest;
    return html`<div class="map-builds">
      <label class="map-choice">
        <span>Build</span>
        <select @change=${this.onChoice}>
          ${builds.map(
            (each) =>
              html`<option value=${each.id} ?selected=${each.id === build.id}>
                ${new Date(each.startedAt).toLocaleTimeString()} ${each.tags[0] ?? 'without a name'}
              </option>`,
          )}
        </select>
      </label>
      <p class="map-build-result ${build.state}">${summaryOf(build)}</p>
      ${build.error ? html`<p class="map-error">${build.error}</p>` : nothing} ${this.renderSteps(build)}
      ${
        this.state.images.some(({ id }) => id === build.image)
          ? html`<button
              class="button small"
              @click=${() => this.dispatchEvent(new SelectEvent(`image ${build.image}`))}
            >
              Open the image
            </button>`
          : nothing
      }
    </div>`;
  }

  private renderSteps(build: BuildRecord) {
    const longest = slowest(build);
    return html`<ol class="map-steps" aria-label="Steps">
      ${build.steps.map((step, i) => this.renderStep(build, step, { cause: causeOf(build, i), longest }))}
    </ol>`;
  }

  private renderStep(
    build: BuildRecord,
    step: BuildStep,
    { cause, longest }: { cause: string; longest: number },
  ) {
    const running = step.result === 'none' && build.state === 'running';
    const word = running ? 'runs' : step.result === 'none' ? 'failed' : RESULTS[step.result];
    const kind = running ? 'running' : step.result === 'none' ? 'failed' : step.result;
    return html`<li class="map-step ${kind}">
      <span class="map-result">${word}</span>
      <code class="map-step-text">${step.text}</code>
      <span class="map-step-time">
        <span
          class="map-time-bar"
          style=${styleMap({ transform: `scaleX(${(step.durationMs / longest).toFixed(3)})` })}
        ></span>
        ${formatMs(step.durationMs)}${step.size > 0 ? html`, ${formatBytes(step.size)}` : nothing}
      </span>
      ${cause ? html`<p class="map-cause">${cause}</p>` : nothing} ${this.renderDifference(step)}
    </li>`;
  }

  private renderDifference({ difference }: BuildStep) {
    if (!difference) return nothing;
    const more = difference.total - difference.files.length;
    return html`<ul class="map-difference" aria-label="Files that broke the cache">
      ${difference.files.map(({ path, change }) => html`<li><span class="map-change ${change}">${change}</span> <code>${path}</code></li>`)}
      ${more > 0 ? html`<li class="muted">and ${more} more</li>` : nothing}
    </ul>`;
  }

  private readonly onChoice = (event: Event): void => {
    this.chosen = (event.target as HTMLSelectElement).value;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-builds': SlipMapBuilds;
  }
}
