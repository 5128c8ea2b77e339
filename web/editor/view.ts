import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { sentence } from '../api.ts';
import '../components/split.ts';
import { FilesWidthEvent, type OpenFileEvent, type SplitMoveEvent } from '../events.ts';
import { FileChanged, LearnerFiles } from '../files/files.ts';
import { fromHome, parentOf } from '../files/paths.ts';
import '../files/tree.ts';
import type { WorkspaceSession } from '../session.ts';
import { Watch } from '../store.ts';
import { View } from '../views/view.ts';
import { BuildProblems } from './build-problems.ts';
import { OpenDocument } from './document.ts';
import type { CodeEditor } from './monaco.ts';
import {
  renderConflict,
  renderEmpty,
  renderMissing,
  renderProblem,
  renderShut,
  stateWords,
} from './notices.ts';
import { languageOf } from './language.ts';
import type { CloseFileEvent } from './tabs.ts';
import './tabs.ts';
import './view.css';

/** The learner's files beside the editor of those that are open. Monaco is fetched when the first one is. */
@customElement('slip-editor')
export class SlipEditor extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ type: Number }) filesWidth = 26;
  @property({ type: Boolean }) screenReader = false;

  @state() private open: readonly OpenDocument[] = [];
  @state() private shown = '';
  @state() private problem = '';
  @state() private missing = false;
  /** The file that is shown beside what it was when the step began. */
  @state() private compared = '';
  /** That file was not there then. */
  @state() private isNew = false;

  @query('.editor-code') private code!: HTMLElement;

  readonly #watch = new Watch(this);
  #files!: LearnerFiles;
  #problems!: BuildProblems;
  #leave: (() => void)[] = [];
  #editor: Promise<CodeEditor> | null = null;
  #resizes: ResizeObserver | null = null;
  readonly #unload = (event: BeforeUnloadEvent) => {
    if (this.open.some(({ dirty }) => dirty)) event.preventDefault();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('beforeunload', this.#unload);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('beforeunload', this.#unload);
    this.leave();
    this.#resizes?.disconnect();
    void this.#editor?.then((editor) => editor.dispose());
    this.#editor = null;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('session')) this.enter();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('screenReader'))
      void this.#editor?.then((editor) => editor.setScreenReader(this.screenReader));
    for (const document of this.open)
      void document.seen(this.#files.entry(document.path)?.version ?? this.known(document));
  }

  override focus(): void {
    if (this.shown && this.#editor) void this.#editor.then((editor) => editor.focus());
    else this.querySelector('slip-file-tree')?.focus();
  }

  /**
   * Shows a file, at a line counted from one. With `content`, a file that is not there is made of it. The path is as it was
   * written: relative to the home, or absolute.
   */
  async openFile({
    path: written,
    line,
    content,
  }: Pick<OpenFileEvent, 'path' | 'line' | 'content'>): Promise<void> {
    const path = fromHome(written);
    this.problem = '';
    if (path !== this.compared) this.endCompare();
    if (path === null || path === '') {
      this.problem = `The editor shows what is below your home; ${written} is not.`;
      return;
    }
    if (content !== undefined) await this.make(path, content);
    const document = this.open.find((each) => each.path === path) ?? this.begin(path);
    this.shown = path;
    await document;
    if (this.shown !== path) return;
    const editor = await this.#editor;
    editor?.show(path, line);
    if (line !== undefined) editor?.focus();
  }

  override render() {
    return html`<section class="editor" aria-label="Editor" @slip-open-file=${this.onOpen}>
      <slip-split
        label="Size of the list of files"
        .position=${this.filesWidth}
        @slip-split-move=${this.onSplit}
      >
        <slip-file-tree
          slot="start"
          .files=${this.#files}
          .state=${this.#files.store.value}
          .shown=${this.shown}
        ></slip-file-tree>
        <div slot="end" class="editor-side">
          <div class="editor-bar">
            <slip-editor-tabs
              .open=${this.open}
              .shown=${this.shown}
              @slip-close-file=${({ path }: CloseFileEvent) => this.close(path)}
              @slip-edit-file=${() => this.focus()}
            ></slip-editor-tabs>
            ${this.renderState()}${this.renderCompare()}
          </div>
          ${this.renderNotices()}
          <div class="editor-stage">
            <div class="editor-code" ?hidden=${!this.editable}></div>
            ${this.editable ? nothing : this.renderNothing()}
          </div>
        </div>
      </slip-split>
    </section>`;
  }

  private renderState() {
    const state = this.current?.state;
    const fresh = this.isNew && this.compared !== '' && state?.name === 'saved';
    const words = this.problem || (fresh ? 'New since the step began' : state ? stateWords(state) : '');
    const bad = this.problem !== '' || state?.name === 'unsaved' || state?.name === 'conflict';
    return html`<span class="editor-state ${bad ? 'bad' : ''}" role="status">${words}</span>`;
  }

  /** Only a lesson has steps. */
  private renderCompare() {
    if (!this.editable || this.session.state.lesson === null) return nothing;
    return html`<button
      class="button quiet small"
      title="What has changed in this file since the step began"
      aria-pressed=${this.compared === this.shown ? 'true' : 'false'}
      @click=${() => void this.compare()}
    >
      Changes
    </button>`;
  }

  private renderNotices() {
    const { current } = this;
    const problem = current && this.#problems.of(current.path);
    return html`
      ${
        current?.state.name === 'conflict'
          ? renderConflict(current.state.other, {
              mine: () => void current.keepMine(),
              both: () => void this.keepBoth(current),
            })
          : nothing
      }
      <div role="status">
        ${problem ? renderProblem(problem, () => void this.goTo(problem.line)) : nothing}
      </div>
    `;
  }

  private renderNothing() {
    const { current } = this;
    if (this.missing) return renderMissing();
    if (current?.state.name === 'shut') return renderShut(current, this.#files.url(current.path));
    return renderEmpty(current !== undefined);
  }

  private get current(): OpenDocument | undefined {
    return this.open.find(({ path }) => path === this.shown);
  }

  private get editable(): boolean {
    const name = this.current?.state.name;
    return name !== undefined && name !== 'shut' && name !== 'opening';
  }

  /** Of a file that no listing shows: undefined where the listing of its folder is whole, else what is known already. */
  private known(document: OpenDocument): string | undefined {
    const { live, folders } = this.#files.store.value;
    const listing = folders.get(parentOf(document.path));
    return live && listing && !listing.more ? undefined : document.version;
  }

  private enter(): void {
    this.leave();
    const { session } = this;
    this.#files = new LearnerFiles(() => session.state.session?.id);
    this.#watch.follow(this.#files.store);
    this.#problems = new BuildProblems((path, problem) => {
      void this.#editor?.then((editor) => editor.mark(path, problem));
      this.requestUpdate();
    });
    this.#leave = [session.join(this.#files), session.join(this.#problems)];
  }

  private leave(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    for (const document of this.open) this.forget(document);
    this.open = [];
    this.shown = '';
  }

  /** A file is open no more. */
  private forget(document: OpenDocument): void {
    document.close();
    this.#problems.closed(document.path);
    if (document.path === this.compared) this.endCompare();
  }

  private async make(path: string, content: string): Promise<void> {
    try {
      await this.#files.write(path, content, 'new');
    } catch (error) {
      if (!(error instanceof FileChanged)) this.problem = sentence(error);
    }
    this.#files.setExpanded(parentOf(path), true);
  }

  private async begin(path: string): Promise<void> {
    const document = new OpenDocument({ path, files: this.#files, changed: () => this.requestUpdate() });
    this.open = [...this.open, document];
    this.#files.follow(this.open.map((each) => each.path));
    const text = await document.load();
    if (text === null) return;
    try {
      const editor = await this.loadEditor();
      if (!this.open.includes(document)) return;
      const held = editor.hold(path, text, () => document.typed());
      document.bind(held);
      if (languageOf(path, text) === 'dockerfile') this.#problems.opened({ path, text: () => held.get() });
      await this.updateComplete;
    } catch {
      this.missing = true;
    }
  }

  private loadEditor(): Promise<CodeEditor> {
    this.#editor ??= import('./monaco.ts').then(({ CodeEditor }) => {
      const editor = new CodeEditor(this.code, { screenReader: this.screenReader });
      this.#resizes = new ResizeObserver(() => editor.resize());
      this.#resizes.observe(this.code);
      return editor;
    });
    return this.#editor;
  }

  private close(path: string): void {
    const document = this.open.find((each) => each.path === path);
    if (!document) return;
    const place = this.open.indexOf(document);
    void document.save().then(() => {
      // What could not be saved stays open: closing it would lose it.
      if (document.dirty) return;
      this.forget(document);
      this.open = this.open.filter((each) => each !== document);
      this.#files.follow(this.open.map((each) => each.path));
      void this.#editor?.then((editor) => editor.drop(path));
      if (this.shown !== path) return;
      const next = this.open[place] ?? this.open.at(-1);
      this.shown = '';
      if (next) void this.openFile({ path: next.path, line: undefined, content: undefined });
    });
  }

  private async keepBoth(document: OpenDocument): Promise<void> {
    const beside = await document.keepBoth();
    if (beside) await this.openFile({ path: beside, line: undefined, content: undefined });
  }

  private async compare(): Promise<void> {
    const path = this.shown;
    if (this.compared === path) {
      this.endCompare();
      this.focus();
      return;
    }
    try {
      const before = await this.#files.before(path);
      const editor = await this.#editor;
      if (this.shown !== path) return;
      editor?.compare(path, before ?? '');
      this.compared = path;
      this.isNew = before === null;
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  private endCompare(): void {
    if (this.compared === '') return;
    this.compared = '';
    void this.#editor?.then((editor) => editor.endCompare());
  }

  /** To a line of the file that is shown, counted from one. */
  private async goTo(line: number): Promise<void> {
    await this.openFile({ path: this.shown, line, content: undefined });
  }

  private readonly onOpen = (event: OpenFileEvent): void => {
    event.stopPropagation();
    void this.openFile(event);
  };

  private readonly onSplit = (event: SplitMoveEvent): void => {
    event.stopPropagation();
    this.dispatchEvent(new FilesWidthEvent(event.position));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-editor': SlipEditor;
  }
}
