import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { mark } from '../components/glyphs.ts';
import '../components/split.ts';
import { readPreferences, writePreferences, type Preferences } from '../preferences.ts';
import { progress, WorkspaceSession } from '../session.ts';
import { connectSocket } from '../socket.ts';
import { Watch } from '../store.ts';
import './help.ts';
import './lesson.ts';
import './broken-lesson.ts';
import './status.ts';
import './toasts.ts';
import type {
  FilesWidthEvent,
  OpenFileEvent,
  RunCommandEvent,
  SplitMoveEvent,
  TerminalReadyEvent,
} from '../events.ts';
import './map-pane.ts';
import type { ShowPortEvent } from './ports.ts';
import './ports.ts';
import './preview.ts';
import type { TerminalsLayoutEvent } from './terminals.ts';
import { View } from './view.ts';
import './workspace.css';
import { PartKeys } from './part-keys.ts';
import { besideTerminals, inSight, NARROW, SINGLE, toggled, type Part, type Room } from './room.ts';
import { renderMissingTerminals, renderPart } from './workspace-parts.ts';

/** A lesson beside its machine; or, without a lesson, the machine alone. */
@customElement('slip-workspace')
export class SlipWorkspace extends View {
  @property() lesson: string | null = null;

  @state() private session!: WorkspaceSession;
  @state() private preferences: Preferences = readPreferences();
  @state() private room: Room = 'wide';
  @state() private terminalsMissing = false;
  /** The port that is shown beside the editor, and the address that opens it. */
  @state() private preview: { readonly port: number; readonly url: string } | null = null;

  /** The learner has asked for a machine, or for it to begin again. */
  #acted = false;
  readonly #narrow = matchMedia(NARROW);
  readonly #single = matchMedia(SINGLE);
  readonly #watch = new Watch(this);
  readonly #keys = new PartKeys(this, () => this.preferences.singleKeys);
  readonly #resized = () =>
    (this.room = this.#single.matches ? 'single' : this.#narrow.matches ? 'narrow' : 'wide');

  /** What runs is seen to run: first the terminals are brought in sight, where something else has their place. */
  readonly #run = (event: RunCommandEvent): void => {
    const change = besideTerminals(this.wanted, this.room);
    if (Object.keys(change).length > 0) this.prefer(change);
    // Not before they are drawn: what is not shown takes no focus.
    requestAnimationFrame(() => void this.session.run(event.command, event.manner));
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized();
    this.project();
    // Beside the rest, not with it: a lesson can be read before the terminal is there.
    import('./terminals.ts').catch(() => (this.terminalsMissing = true));
    import('../editor/view.ts').catch(() =>
      this.session.warn('The editor could not be fetched from the server.'),
    );
    for (const query of [this.#narrow, this.#single]) query.addEventListener('change', this.#resized);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const query of [this.#narrow, this.#single]) query.removeEventListener('change', this.#resized);
    document.documentElement.removeAttribute('data-projector');
    this.leave();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('lesson')) this.enter();
  }

  override updated(): void {
    const { stage } = this.session.state;
    // Whoever waits looks at something else meanwhile.
    const place = stage.name === 'waiting' ? `(${stage.place}) ` : '';
    document.title = `${place}${this.heading} · Slipway`;
  }

  override render() {
    const narrow = this.room !== 'wide';
    const { lesson } = this.sight;
    if (this.session.state.stage.name === 'missing') {
      return html`<slip-broken-lesson
        .lesson=${this.lesson ?? ''}
        @slip-mended=${() => void this.session.open()}
      ></slip-broken-lesson>`;
    }
    return html`
      ${this.renderBar()}
      <main
        class="workspace-main"
        @click=${this.onClick}
        @slip-terminal-leave=${this.#keys.leaveTerminal}
        @slip-open-file=${this.onOpenFile}
        @slip-run=${this.#run}
      >
        <slip-split
          label="Size of the lesson"
          .position=${narrow ? this.preferences.lessonHeight : this.preferences.lessonWidth}
          ?stacked=${narrow}
          only=${lesson ? (this.room === 'single' ? 'start' : '') : 'end'}
          @slip-split-move=${this.onSplit(narrow ? 'lessonHeight' : 'lessonWidth')}
        >
          ${
            this.lesson === null
              ? nothing
              : html`<slip-lesson
                  slot="start"
                  id="lesson"
                  .session=${this.session}
                  .state=${this.session.state}
                ></slip-lesson>`
          }
          ${this.renderWork()}
        </slip-split>
      </main>
      <slip-status
        .session=${this.session}
        .state=${this.session.state}
        @slip-confirm=${this.onConfirm}
      ></slip-status>
      <slip-toasts .session=${this.session} .state=${this.session.state}></slip-toasts>
      <p class="visually-hidden" role="status">${this.session.state.announcement}</p>
    `;
  }

  private renderBar() {
    const { lesson } = this.sight;
    return html`<header class="workspace-bar">
      <a class="brand" href="/" aria-label="Slipway, all lessons"
        >${mark} <span class="brand-name">Slipway</span></a
      >
      ${lesson ? nothing : html`<h1 class="workspace-title" tabindex="-1">${this.heading}</h1>`}
      <span class="workspace-space"></span>
      ${lesson ? nothing : this.renderProgress()}
      <slip-ports .session=${this.session} @slip-show-port=${this.onShowPort}></slip-ports>
      ${this.renderParts()}
      <slip-help
        ?screenReader=${this.preferences.screenReader}
        ?projector=${this.preferences.projector}
        ?singleKeys=${this.preferences.singleKeys}
        @slip-help-screen-reader=${() => this.prefer({ screenReader: !this.preferences.screenReader })}
        @slip-help-projector=${() => this.prefer({ projector: !this.preferences.projector })}
        @slip-help-single-keys=${() => this.prefer({ singleKeys: !this.preferences.singleKeys })}
      ></slip-help>
    </header>`;
  }

  private renderParts() {
    const sight = this.sight;
    const part = (name: string, part: Part) => renderPart(name, part, sight[part], () => this.turn(part));
    return html`<div class="workspace-parts" role="group" aria-label="Parts of the page">
      ${this.lesson === null ? nothing : part('Lesson', 'lesson')} ${part('Editor', 'editor')}
      ${part('Map', 'map')}
    </div>`;
  }

  /** Editor and terminals, and the map beside them; on a narrow screen the map takes their place. */
  private renderWork() {
    const { mapShown, goalShown, workWidth } = this.preferences;
    const only = mapShown ? (this.room === 'wide' ? '' : 'end') : 'start';
    return html`<slip-split
      slot="end"
      label="Size of the map"
      .position=${workWidth}
      only=${only}
      @slip-split-move=${this.onSplit('workWidth')}
    >
      ${this.renderMachine()}
      <slip-map-pane
        slot="end"
        id="map"
        .session=${this.session}
        ?shown=${mapShown}
        ?goal=${goalShown}
        @slip-goal-switch=${() => this.prefer({ goalShown: !goalShown })}
      ></slip-map-pane>
    </slip-split>`;
  }

  /** The editor over the terminals, or in their place where there is room for one part alone. */
  private renderMachine() {
    const { editorHeight, editorHidden } = this.preferences;
    const beside = this.room === 'single' ? 'start' : '';
    return html`<slip-split
      slot="start"
      stacked
      label="Size of the editor"
      .position=${editorHeight}
      only=${editorHidden ? 'end' : beside}
      @slip-split-move=${this.onSplit('editorHeight')}
    >
      ${this.renderEditor()} ${this.terminalsMissing ? renderMissingTerminals() : this.renderTerminals()}
    </slip-split>`;
  }

  /** The editor, and what answers on a port beside it. */
  private renderEditor() {
    const { filesWidth, screenReader, portWidth } = this.preferences;
    return html`<slip-split
      slot="start"
      label="Size of the port"
      .position=${portWidth}
      only=${this.preview ? '' : 'start'}
      @slip-split-move=${this.onSplit('portWidth')}
    >
      <slip-editor
        slot="start"
        id="editor"
        .session=${this.session}
        .filesWidth=${filesWidth}
        ?screenReader=${screenReader}
        @slip-files-width=${({ position }: FilesWidthEvent) => this.prefer({ filesWidth: position })}
      ></slip-editor>
      ${
        this.preview
          ? html`<slip-preview
              slot="end"
              .port=${this.preview.port}
              .url=${this.preview.url}
              @close=${() => (this.preview = null)}
            ></slip-preview>`
          : nothing
      }
    </slip-split>`;
  }

  private renderTerminals() {
    return html`<slip-terminals
      slot="end"
      .session=${this.session}
      .state=${this.session.state}
      ?screenReader=${this.preferences.screenReader}
      ?split=${this.preferences.terminalsSplit}
      ?stacked=${this.preferences.terminalsStacked}
      .size=${this.preferences.terminalSize}
      @slip-split-move=${this.onSplit('terminalSize')}
      @slip-terminals-layout=${({ split, stacked }: TerminalsLayoutEvent) =>
        this.prefer({ terminalsSplit: split, terminalsStacked: stacked })}
      @slip-terminal-ready=${this.onTerminalReady}
    ></slip-terminals>`;
  }

  /** How far the learner is stays in sight without the lesson, too. */
  private renderProgress() {
    const { done, total } = progress(this.session.state.tasks);
    return total === 0
      ? nothing
      : html`<slip-progress class="workspace-progress" .done=${done} .total=${total}></slip-progress>`;
  }

  private enter(): void {
    this.leave();
    this.preview = null;
    this.session = new WorkspaceSession({ lesson: this.lesson, api, connect: connectSocket });
    this.#watch.follow(this.session.store);
    void this.session.open();
  }

  private leave(): void {
    if (this.hasUpdated) this.session.close();
  }

  private get heading(): string {
    return this.lesson === null ? 'Bare machine' : (this.session.state.lesson?.title ?? 'Lesson');
  }

  private readonly onClick = (event: Event): void => {
    this.#acted ||= event.target instanceof Element && event.target.closest('slip-panel') !== null;
  };

  private readonly onConfirm = (): void => {
    this.#acted = true;
  };

  private readonly onShowPort = ({ port, url }: ShowPortEvent): void => {
    this.preview = { port, url };
    this.prefer({ ...besideTerminals(this.wanted, this.room), editorHidden: false });
  };

  private readonly onOpenFile = (event: OpenFileEvent): void => {
    this.prefer({ ...besideTerminals(this.wanted, this.room), editorHidden: false });
    void this.querySelector('slip-editor')?.openFile(event);
  };

  private onSplit(size: Size) {
    return (event: SplitMoveEvent): void => {
      // The split around this one must not take it for its own.
      event.stopPropagation();
      this.prefer({ [size]: event.position });
    };
  }

  /** Shows a part, or puts it away. */
  turn(part: Part): void {
    this.prefer(toggled(part, this.wanted, this.room));
  }

  private prefer(part: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...part };
    writePreferences(this.preferences);
    this.project();
  }

  private project(): void {
    document.documentElement.toggleAttribute('data-projector', this.preferences.projector);
  }

  /** A bare machine has no lesson to show. */
  private get wanted(): Preferences {
    return this.lesson === null ? { ...this.preferences, lessonHidden: true } : this.preferences;
  }

  private get sight(): Readonly<Record<Part, boolean>> {
    return inSight(this.wanted, this.room);
  }

  /**
   * On a bare machine there is nothing else to do than to type; and after a button that brought a machine the focus
   * would be nowhere.
   */
  private readonly onTerminalReady = ({ face }: TerminalReadyEvent): void => {
    const nowhere = document.activeElement === document.body || document.activeElement?.localName === 'h1';
    if (nowhere && (this.lesson === null || this.#acted)) face.focus();
    this.#acted = false;
  };
}

type Size = 'terminalSize' | 'lessonWidth' | 'lessonHeight' | 'editorHeight' | 'workWidth' | 'portWidth';

declare global {
  interface HTMLElementTagNameMap {
    'slip-workspace': SlipWorkspace;
  }
}
