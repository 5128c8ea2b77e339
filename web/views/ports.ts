import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { PortView } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import { glyphs } from '../components/glyphs.ts';
import type { SessionPart, WorkspaceSession } from '../session.ts';
import type { SessionSocket } from '../socket.ts';
import './ports.css';
import { View } from './view.ts';

/** A port is to be shown beside the editor, at an address that opens once. */
export class ShowPortEvent extends Event {
  static readonly type = 'slip-show-port';
  readonly port: number;
  readonly url: string;

  constructor(port: number, url: string) {
    super(ShowPortEvent.type, { bubbles: true });
    this.port = port;
    this.url = url;
  }
}

/** The ports that containers publish, as chips. Event: `slip-show-port`. */
@customElement('slip-ports')
export class SlipPorts extends View implements SessionPart {
  @property({ attribute: false }) session!: WorkspaceSession;

  @state() private ports: readonly PortView[] = [];

  #joined: WorkspaceSession | null = null;
  #leave: (() => void) | null = null;
  #socket: SessionSocket | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
    this.#joined = null;
  }

  override willUpdate(): void {
    if (this.#joined === this.session) return;
    this.#leave?.();
    this.#joined = this.session;
    this.#leave = this.session.join(this);
  }

  begin(socket: SessionSocket): () => void {
    this.#socket = socket;
    const stop = socket.listen('ports', (ports) => (this.ports = ports));
    socket.tell('ports:watch', null);
    return () => {
      stop();
      this.#socket = null;
      this.ports = [];
    };
  }

  override render() {
    if (this.ports.length === 0) return nothing;
    return html`<ul class="ports" aria-label="Published ports">
      ${this.ports.map((each) => this.renderPort(each))}
    </ul>`;
  }

  private renderPort({ port, container }: PortView) {
    const what = `port ${port}${container ? ` of ${container}` : ''}`;
    return html`<li class="port">
      <button
        class="button small"
        title="Open ${what} beside the editor"
        aria-label="Open ${what} beside the editor"
        @click=${() => void this.open(port, (url) => this.dispatchEvent(new ShowPortEvent(port, url)))}
      >
        ${port}
      </button>
      <button
        class="button small"
        title="Open ${what} in a tab"
        aria-label="Open ${what} in a tab"
        @click=${() => void this.open(port, (url) => void window.open(url, '_blank', 'noopener,noreferrer'))}
      >
        ${glyphs.outside}
      </button>
    </li>`;
  }

  private async open(port: number, show: (url: string) => void): Promise<void> {
    if (!this.#socket) return;
    try {
      show((await this.#socket.ask('ports:open', { port })).url);
    } catch (error) {
      this.session.warn(sentence(error));
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-ports': SlipPorts;
  }
  interface GlobalEventHandlersEventMap {
    'slip-show-port': ShowPortEvent;
  }
}
