import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { AdminOverview, AdminSession } from '../../server/protocol.ts';
import { adminApi, adminToken } from '../admin.ts';
import { ApiError, sentence } from '../api.ts';
import { mark } from '../components/glyphs.ts';
import { formatBytes } from '../text.ts';
import './admin.css';
import { View } from './view.ts';

/** How often the list is read anew, in milliseconds. */
const EVERY_MS = 5000;

/** For whoever runs the server: all machines, an end to one of them, and a message to everybody. */
@customElement('slip-admin')
export class SlipAdmin extends View {
  @state() private overview: AdminOverview | null = null;
  @state() private problem = '';
  @state() private told = '';
  /** The machine whose end waits for a second click. */
  @state() private ending = '';

  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Admin · Slipway';
    this.#timer = setInterval(() => void this.load(), EVERY_MS);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    return html`<div class="home admin">
      <header class="home-bar"><a class="brand" href="/">${mark} Slipway</a></header>
      <main>
        <h1 tabindex="-1">Admin</h1>
        <p class="admin-problem" role="alert">${this.problem}</p>
        <p class="admin-told" role="status">${this.told}</p>
        ${this.overview ? this.renderOverview(this.overview) : this.renderLogin()}
      </main>
    </div>`;
  }

  private renderLogin() {
    return html`<form class="admin-form" @submit=${this.login}>
      <label for="token">Admin token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required />
      <button class="button primary">Open</button>
    </form>`;
  }

  private renderOverview({ host, sessions }: AdminOverview) {
    return html`
      <dl class="admin-host">
        <div>
          <dt>Machines</dt>
          <dd>${sessions.length}</dd>
        </div>
        <div>
          <dt>Pages</dt>
          <dd>${sessions.reduce((sum, { pages }) => sum + pages, 0)}</dd>
        </div>
        <div>
          <dt>Memory free</dt>
          <dd>${formatBytes(host.memoryFreeBytes)}</dd>
        </div>
        <div>
          <dt>Load</dt>
          <dd>${host.load.toFixed(2)}</dd>
        </div>
        <div>
          <dt>Up</dt>
          <dd>${duration(host.upSeconds)}</dd>
        </div>
      </dl>
      <form class="admin-form" @submit=${this.say}>
        <label for="message">Message to all pages</label>
        <input id="message" name="message" type="text" maxlength="500" autocomplete="off" required />
        <button class="button">Send</button>
      </form>
      ${sessions.length === 0 ? html`<p class="muted">There are no machines.</p>` : this.renderSessions(sessions)}
      <p><button class="button" @click=${this.logout}>Forget the token</button></p>
    `;
  }

  private renderSessions(sessions: readonly AdminSession[]) {
    return html`<div class="admin-table" tabindex="0" role="region" aria-labelledby="machines">
      <table>
        <caption id="machines">
          Machines
        </caption>
        <thead>
          <tr>
            ${['Machine', 'Learner', 'Lesson', 'State', 'Pages', 'Memory', 'Disk', 'Processes', 'Ends'].map(
              (title) => html`<th scope="col">${title}</th>`,
            )}
            <th scope="col"><span class="visually-hidden">Action</span></th>
          </tr>
        </thead>
        <tbody>
          ${sessions.map((session) => this.renderSession(session))}
        </tbody>
      </table>
    </div>`;
  }

  private renderSession({ id, learner, lesson, state, pages, usage, limits, expiresAt }: AdminSession) {
    const sure = this.ending === id;
    return html`<tr>
      <th scope="row"><code>${id}</code></th>
      <td><code>${learner}</code></td>
      <td>${lesson ?? 'none'}</td>
      <td>${state}</td>
      <td>${pages}</td>
      <td>${usage ? `${formatBytes(usage.memoryBytes)} of ${formatBytes(limits.memoryBytes)}` : nothing}</td>
      <td>${usage ? `${formatBytes(usage.diskBytes)} of ${formatBytes(limits.diskBytes)}` : nothing}</td>
      <td>${usage ? `${usage.processes} of ${limits.processes}` : nothing}</td>
      <td>${new Date(expiresAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}</td>
      <td>
        <button
          class="button ${sure ? 'danger' : ''}"
          aria-label=${sure ? `Really end machine ${id}` : `End machine ${id}`}
          @click=${() => void this.end(id)}
          @blur=${() => (this.ending = '')}
        >
          ${sure ? 'Really end' : 'End'}
        </button>
      </td>
    </tr>`;
  }

  private readonly login = (event: SubmitEvent): void => {
    event.preventDefault();
    adminToken.set(fieldOf(event, 'token'));
    void this.load();
  };

  private readonly logout = (): void => {
    adminToken.forget();
    this.overview = null;
  };

  private readonly say = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    await this.attempt(async () => {
      const { pages } = await adminApi.say(fieldOf(event, 'message'));
      this.told = `Sent to ${pages === 1 ? 'one page' : `${pages} pages`}.`;
      form.reset();
    });
  };

  /** The first click asks, the second ends. */
  private async end(id: string): Promise<void> {
    if (this.ending !== id) {
      this.ending = id;
      return;
    }
    this.ending = '';
    await this.attempt(async () => {
      await adminApi.end(id);
      this.told = `Machine ${id} has been ended.`;
    });
    await this.load();
  }

  private async load(): Promise<void> {
    if (adminToken.get() === null) return;
    await this.attempt(async () => {
      this.overview = await adminApi.overview();
    });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.problem = '';
    } catch (error) {
      const known = error instanceof ApiError;
      if (known && (error.status === 403 || error.status === 404)) this.logout();
      this.problem =
        known && error.status === 404
          ? 'This server was started without an admin token; --admin-token sets one.'
          : sentence(error);
    }
  }
}

function fieldOf(event: SubmitEvent, name: string): string {
  const value = new FormData(event.target as HTMLFormElement).get(name);
  return typeof value === 'string' ? value : '';
}

function duration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes} min`;
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-admin': SlipAdmin;
  }
}
