import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SessionUsageView, SessionView } from '../../server/protocol.ts';
import '../components/confirm.ts';
import '../components/meter.ts';
import '../components/time-left.ts';
import type { WorkspaceSession, WorkspaceState } from '../session.ts';
import type { ConnectionState } from '../socket.ts';
import { formatBytes } from '../text.ts';
import './moments.ts';
import './status.css';
import { View } from './view.ts';

/** What the kernel gives a machine in one moment too many is taken back in the next. */
const formatPercent = (share: number): string => `${Math.round(Math.min(share, 1) * 100)} %`;

interface Light {
  readonly tone: 'good' | 'busy' | 'bad';
  readonly words: string;
}

/** The bottom line: the connection, the machine, what it uses, how long it lasts, and how to be done with it. */
@customElement('slip-status')
export class SlipStatus extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;

  override render() {
    const { session, usage, stage } = this.state;
    return html`<footer class="status" aria-label="Machine">
      ${this.renderLight()}
      ${session && usage && session.state === 'running' ? this.renderMeters(session, usage) : nothing}
      ${session && stage.name === 'open' ? this.renderMachine(session) : nothing}
    </footer>`;
  }

  private renderLight() {
    const { tone, words } = this.light();
    const { connection } = this.state;
    const retries = connection.name === 'reconnecting' || connection.name === 'offline';
    return html`<span class="status-light ${tone}">${words}</span> ${
        retries
          ? html`<button class="button small" @click=${() => this.session.retryConnection()}>
              Connect now
            </button>`
          : nothing
      }`;
  }

  private renderMeters({ limits }: SessionView, usage: SessionUsageView) {
    // How busy it is takes two looks to tell: until then the meter keeps its place.
    const share = usage.cpus === undefined ? undefined : usage.cpus / limits.cpus;
    return html`<span class="status-meters">
      <slip-meter
        label="Processor"
        .value=${(share ?? 0) * 100}
        .max=${100}
        .short=${share === undefined ? '–' : formatPercent(share)}
        .text=${share === undefined ? 'not measured yet' : `${formatPercent(share)} of what it may use`}
      ></slip-meter>
      <slip-meter
        class="bytes"
        label="Memory"
        .value=${usage.memoryBytes}
        .max=${limits.memoryBytes}
        .short=${formatBytes(usage.memoryBytes)}
        .text="${formatBytes(usage.memoryBytes)} of ${formatBytes(limits.memoryBytes)}"
      ></slip-meter>
      <slip-meter
        class="bytes"
        label="Disk"
        .value=${usage.diskBytes}
        .max=${limits.diskBytes}
        .short=${formatBytes(usage.diskBytes)}
        .text="${formatBytes(usage.diskBytes)} of ${formatBytes(limits.diskBytes)}"
      ></slip-meter>
      <slip-meter
        label="Processes"
        .value=${usage.processes}
        .max=${limits.processes}
        .short=${String(usage.processes)}
        .text="${usage.processes} of ${limits.processes}"
      ></slip-meter>
    </span>`;
  }

  private renderMachine({ expiresAt, latestEnd }: SessionView) {
    const { action } = this.state;
    return html`<div class="status-machine">
      <slip-time-left .until=${expiresAt}></slip-time-left>
      <button
        class="button small quiet"
        title="Keep this machine for an hour more"
        ?disabled=${action !== null || expiresAt >= latestEnd}
        @click=${() => void this.session.extend()}
      >
        Extend
      </button>
      <slip-moments .session=${this.session} .state=${this.state}></slip-moments>
      <slip-confirm
        label="Reset"
        description="Reset the machine"
        question="Begin again with an empty machine? All that is on it is erased."
        busy=${action === 'reset' ? 'Resetting…' : ''}
        ?disabled=${action !== null}
        @slip-confirm=${() => void this.session.reset()}
      ></slip-confirm>
      <slip-confirm
        label="End"
        description="End the machine"
        question="End this machine? All that is on it is erased."
        busy=${action === 'end' ? 'Ending…' : ''}
        ?disabled=${action !== null}
        @slip-confirm=${() => void this.session.end()}
      ></slip-confirm>
    </div>`;
  }

  private light(): Light {
    const { stage, connection, session } = this.state;
    if (stage.name === 'opening') return { tone: 'busy', words: 'Opening' };
    if (stage.name === 'waiting') return { tone: 'busy', words: `Waiting: ${stage.place} of ${stage.of}` };
    if (stage.name !== 'open') return { tone: 'bad', words: stage.name === 'ended' ? 'Ended' : 'No machine' };
    return connectionLight(connection) ?? (session ? MACHINE_LIGHTS[session.state] : MACHINE_LIGHTS.starting);
  }
}

const MACHINE_LIGHTS: Record<SessionView['state'], Light> = {
  starting: { tone: 'busy', words: 'Starting' },
  running: { tone: 'good', words: 'Running' },
  stopping: { tone: 'busy', words: 'Stopping' },
  stopped: { tone: 'bad', words: 'Stopped' },
  failed: { tone: 'bad', words: 'Failed' },
};

/** Nothing while connected: then the machine's own state is what counts. */
function connectionLight(connection: ConnectionState): Light | null {
  switch (connection.name) {
    case 'connecting':
      return { tone: 'busy', words: 'Connecting' };
    case 'reconnecting':
      return { tone: 'busy', words: `Reconnecting, attempt ${connection.attempt}` };
    case 'offline':
      return { tone: 'bad', words: 'Offline' };
    default:
      return null;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-status': SlipStatus;
  }
}
