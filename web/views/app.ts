import { html, nothing, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { parseRoute, watchRoute, type Route } from '../router.ts';
import './home.ts';
import './missing.ts';
import { focusTitle } from './title.ts';
import { View } from './view.ts';

/** The whole page: which view is on, and where the focus goes when that changes. */
@customElement('slip-app')
export class SlipApp extends View {
  @state() private route: Route = parseRoute(location.pathname);
  @state() private problem = '';

  #stopWatching: (() => void) | null = null;
  /** For the title of the view that was opened last. */
  #stopWaiting: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopWatching = watchRoute((route) => (this.route = route));
    this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopWatching?.();
    this.#stopWaiting?.();
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('route') && this.hasUpdated) this.load();
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has('route') || changed.get('route') === undefined) return;
    this.#stopWaiting?.();
    this.#stopWaiting = focusTitle(this);
  }

  override render() {
    return html`${this.renderRoute()} ${this.problem ? this.renderProblem() : nothing}`;
  }

  private renderRoute() {
    switch (this.route.name) {
      case 'home':
        return html`<slip-home></slip-home>`;
      case 'lesson':
        return html`<slip-workspace .lesson=${this.route.slug}></slip-workspace>`;
      case 'machine':
        return html`<slip-workspace .lesson=${null}></slip-workspace>`;
      case 'hub':
        return html`<slip-hub></slip-hub>`;
      case 'repository':
        return html`<slip-repository .name=${this.route.repository}></slip-repository>`;
      case 'admin':
        return html`<slip-admin></slip-admin>`;
      case 'rules':
        return html`<slip-rules .rule=${this.route.rule}></slip-rules>`;
      case 'missing':
        return html`<slip-missing .what=${'There is no page at this address.'}></slip-missing>`;
    }
  }

  private renderProblem() {
    return html`<slip-missing .heading=${'This page did not load'} .what=${this.problem}></slip-missing>`;
  }

  /** What the home page does without is only fetched where it is needed: the workspace with its terminal, the hub. */
  private load(): void {
    this.problem = '';
    const part = this.fetchPart();
    if (!part) return;
    part.catch(() => {
      this.problem = 'A part of the app could not be fetched from the server. Load the page again.';
    });
  }

  private fetchPart(): Promise<unknown> | null {
    switch (this.route.name) {
      case 'lesson':
      case 'machine':
        return import('./workspace.ts');
      case 'hub':
        return import('./hub.ts');
      case 'repository':
        return import('./repository.ts');
      case 'admin':
        return import('./admin.ts');
      case 'rules':
        return import('./rules.ts');
      case 'home':
      case 'missing':
        return null;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-app': SlipApp;
  }
}
