import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { HubPush, HubRepository } from '../../server/protocol.ts';
import { ApiError, sentence } from '../api.ts';
import '../components/command.ts';
import '../components/confirm.ts';
import { hubApi, watchHub } from '../hub.ts';
import './hub.css';
import { hubBar } from './hub-bar.ts';
import './missing.ts';
import './pushes.ts';
import './tag.ts';
import { View } from './view.ts';

/** One repository: how to pull it, its tags, and what their images are made of. */
@customElement('slip-repository')
export class SlipRepository extends View {
  /** As it is pulled: `debian`, `anna/tool`. */
  @property() name = '';

  @state() private repository: HubRepository | null = null;
  @state() private pushes: readonly HubPush[] = [];
  @state() private missing = false;
  @state() private problem = '';
  @state() private editing = false;

  #stopWatching: (() => void) | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopWatching?.();
  }

  override willUpdate(changed: PropertyValues): void {
    if (!changed.has('name')) return;
    document.title = `${this.name} · Hub · Slipway`;
    this.repository = null;
    this.missing = false;
    this.#stopWatching?.();
    this.#stopWatching = watchHub(this.name, {
      pushes: (pushes) => (this.pushes = pushes),
      changed: () => void this.load(),
    });
    void this.load();
  }

  override render() {
    if (this.missing && this.pushes.length === 0)
      return html`<slip-missing .what=${'There is no repository of this name on the hub.'}></slip-missing>`;
    return html`<div class="home hub">
      ${hubBar(this.name)}
      <main>
        <div class="hub-intro">
          <h1 tabindex="-1">${this.name}</h1>
          ${this.repository ? this.renderDescription(this.repository) : nothing}
          <slip-command text="docker pull ${this.pullName()}"></slip-command>
        </div>
        ${this.problem ? html`<div class="home-problem" role="alert"><p>${this.problem}</p></div>` : nothing}
        <slip-pushes .pushes=${this.pushes}></slip-pushes>
        ${this.repository ? this.renderTags(this.repository) : nothing}
      </main>
    </div>`;
  }

  private renderDescription({ description, mine, official }: HubRepository) {
    if (official) return html`<p><span class="hub-badge">Official</span> Comes with the lab.</p>`;
    if (this.editing) return this.renderEditor(description);
    return html`<div class="hub-description">
      <p class=${description ? '' : 'muted'}>${description || 'No description.'}</p>
      ${
        mine
          ? html`<button
              class="button small"
              aria-label="Edit description"
              @click=${() => (this.editing = true)}
            >
              Edit
            </button>`
          : nothing
      }
    </div>`;
  }

  private renderEditor(description: string) {
    return html`<form class="hub-editor" @submit=${(event: SubmitEvent) => void this.onDescribe(event)}>
      <label for="description">Description</label>
      <textarea id="description" name="description" rows="2" maxlength="500" .value=${description}></textarea>
      <div>
        <button class="button primary small" type="submit">Save</button>
        <button class="button small" type="button" @click=${() => (this.editing = false)}>Cancel</button>
      </div>
    </form>`;
  }

  private renderTags({ tagList, tags, mine }: HubRepository) {
    return html`<section aria-labelledby="tags">
        <h2 id="tags">Tags</h2>
        ${tagList.length === 0 ? html`<p class="muted">No tag stands for anything here.</p>` : nothing}
        <ul class="hub-tags">
          ${tagList.map(
            (tag, place) =>
              html`<li>
                <slip-tag .repository=${this.name} .tag=${tag} ?open=${place === 0} ?mine=${mine}></slip-tag>
              </li>`,
          )}
        </ul>
        ${tags > tagList.length ? html`<p class="muted">Only the last ${tagList.length} of ${tags}.</p>` : nothing}
      </section>
      ${
        mine
          ? html`<section class="hub-danger">
              <p class="muted">Deleting a repository takes all its tags with it.</p>
              <slip-confirm
                label="Delete"
                description="Delete the repository ${this.name}"
                question="Nobody can pull it any more."
                @slip-confirm=${() => void this.deleteAll()}
              ></slip-confirm>
            </section>`
          : nothing
      }`;
  }

  private pullName(): string {
    const tags = this.repository?.tagList ?? [];
    const [first] = tags;
    return !first || tags.some(({ name }) => name === 'latest') ? this.name : `${this.name}:${first.name}`;
  }

  private async onDescribe(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const description = new FormData(event.target).get('description');
    if (typeof description !== 'string') return;
    await this.try(async () => {
      await hubApi.describe(this.name, description);
      this.editing = false;
    });
  }

  private async deleteAll(): Promise<void> {
    await this.try(() => hubApi.remove(this.name));
  }

  private async try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      await this.load();
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  private async load(): Promise<void> {
    const { name } = this;
    try {
      const repository = await hubApi.repository(name);
      if (name !== this.name) return;
      this.repository = repository;
      this.missing = false;
      this.problem = '';
    } catch (error) {
      if (name !== this.name) return;
      this.missing = error instanceof ApiError && error.status === 404;
      if (!this.missing) this.problem = sentence(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-repository': SlipRepository;
  }
}
