import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { HubBuild, HubName, HubOverview, HubPush, HubSummary } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import '../components/command.ts';
import '../components/meter.ts';
import { hubApi, watchHub } from '../hub.ts';
import { formatBytes } from '../text.ts';
import './hub.css';
import { count, hubBar, moment } from './hub-bar.ts';
import './pushes.ts';
import './take-name.ts';
import { View } from './view.ts';

/** How long after the last key a search begins, in milliseconds. */
const SEARCH_AFTER_MS = 200;

const BUILD_WORDS: Record<HubBuild['state'], string> = {
  missing: 'not built',
  waiting: 'waits to be built',
  building: 'being built',
  failed: 'could not be built',
};

/** All repositories of the lab's own registry, and what is pushed at this moment. */
@customElement('slip-hub')
export class SlipHub extends View {
  @state() private overview: HubOverview | null = null;
  @state() private pushes: readonly HubPush[] = [];
  @state() private problem = '';

  #term = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopWatching: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Hub · Slipway';
    this.#stopWatching = watchHub(null, {
      pushes: (pushes) => (this.pushes = pushes),
      changed: () => void this.load(),
    });
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#stopWatching?.();
  }

  override render() {
    return html`<div class="home hub">
      ${hubBar(null)}
      <main>
        <div class="hub-intro">
          <h1 tabindex="-1">Hub</h1>
          <p>
            The registry of this lab. Your machine knows it as Docker’s hub, and everybody here can pull what
            you push.
          </p>
        </div>
        ${this.problem ? this.renderProblem() : nothing}
        <slip-pushes .pushes=${this.pushes}></slip-pushes>
        ${this.overview ? this.renderNames(this.overview.names) : nothing} ${this.renderRepositories()}
        ${this.overview?.building.length ? this.renderBuilding(this.overview.building) : nothing}
      </main>
    </div>`;
  }

  private renderProblem() {
    return html`<div class="home-problem" role="alert">
      <p>${this.problem}</p>
      <button class="button" @click=${() => void this.load()}>Try again</button>
    </div>`;
  }

  private renderNames(names: readonly HubName[]) {
    return html`<section aria-labelledby="names">
      <h2 id="names">Your names</h2>
      ${
        names.length === 0
          ? html`<p class="muted hub-hint">
                You have none yet. Take one here, or log in from a machine with a name that nobody has, and it
                is yours.
              </p>
              <slip-command text="docker login"></slip-command>`
          : html`<ul class="hub-names">
              ${names.map(
                ({ name, usedBytes, quotaBytes }) =>
                  html`<li>
                    <strong>${name}</strong>
                    <slip-meter
                      label="Kept"
                      .value=${usedBytes}
                      .max=${quotaBytes}
                      text="${formatBytes(usedBytes)} of ${formatBytes(quotaBytes)} of ${name}"
                      short="${formatBytes(usedBytes)} of ${formatBytes(quotaBytes)}"
                    ></slip-meter>
                  </li>`,
              )}
            </ul>`
      }
      <slip-take-name @slip-name-taken=${() => void this.load()}></slip-take-name>
    </section>`;
  }

  private renderBuilding(building: readonly HubBuild[]) {
    return html`<section aria-labelledby="building">
      <h2 id="building">Official images on their way</h2>
      <ul class="hub-list">
        ${building.map(
          ({ name, summary, state, detail }) =>
            html`<li class="hub-row">
              <div class="hub-row-words">
                <h3>${name}</h3>
                <p class="muted">${summary}</p>
                ${detail ? html`<p class="hub-detail">${detail}</p>` : nothing}
              </div>
              <span class="hub-state ${state}">${BUILD_WORDS[state]}</span>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  private renderRepositories() {
    const { overview } = this;
    return html`<section aria-labelledby="repositories">
      <div class="hub-list-head">
        <h2 id="repositories">Repositories</h2>
        <input
          class="hub-search"
          type="search"
          aria-label="Search repositories"
          placeholder="Search"
          maxlength="100"
          @input=${(event: Event) => this.onSearch(event)}
        />
      </div>
      <p class="visually-hidden" role="status">${overview ? `Repositories: ${overview.total}` : ''}</p>
      ${overview?.repositories.length === 0 ? this.renderNone() : nothing}
      <ul class="hub-list">
        ${overview?.repositories.map((repository) => this.renderRepository(repository))}
      </ul>
      ${
        overview && overview.total > overview.repositories.length
          ? html`<p class="muted">${overview.total - overview.repositories.length} more: search for them.</p>`
          : nothing
      }
    </section>`;
  }

  private renderNone() {
    return html`<p class="muted">
      ${this.#term === '' ? 'There is nothing here yet.' : `Nothing here is called “${this.#term}”.`}
    </p>`;
  }

  private renderRepository({ name, official, description, tags, updatedAt }: HubSummary) {
    return html`<li class="hub-row">
      <div class="hub-row-words">
        <h3>
          <a href="/hub/${name}">${name}</a
          >${official ? html` <span class="hub-badge">Official</span>` : nothing}
        </h3>
        ${description ? html`<p class="muted">${description}</p>` : nothing}
      </div>
      <span class="muted">${count(tags, 'tag')}</span>
      <span class="hub-when">${moment(updatedAt)}</span>
    </li>`;
  }

  private onSearch(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    this.#term = event.target.value;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), SEARCH_AFTER_MS);
  }

  private async load(): Promise<void> {
    const term = this.#term;
    try {
      const overview = await hubApi.overview(term);
      if (term !== this.#term) return;
      this.overview = overview;
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-hub': SlipHub;
  }
}
