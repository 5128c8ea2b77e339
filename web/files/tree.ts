import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { sentence } from '../api.ts';
import { glyphs } from '../components/glyphs.ts';
import { OpenFileEvent } from '../events.ts';
import { View } from '../views/view.ts';
import type { FilesState, LearnerFiles } from './files.ts';
import { isWithin, join, nameOf, nameProblem, parentOf } from './paths.ts';
import { focusStem, renderQuestion, type Question } from './question.ts';
import { treeRows, type TreeRow } from './rows.ts';
import './tree.css';

const DRAGGED = 'application/x-slipway-path';

/** The learner's files as a tree. Events: `slip-open-file`; `moved` tells nobody: open files see it by themselves. */
@customElement('slip-file-tree')
export class SlipFileTree extends View {
  @property({ attribute: false }) files!: LearnerFiles;
  @property({ attribute: false }) state!: FilesState;
  /** The file that the editor shows. */
  @property() shown = '';

  @state() private selected = '';
  @state() private question: Question | null = null;
  @state() private problem = '';
  /** The folder that something is held over. */
  @state() private target: string | null = null;

  @query('.tree-question input') private input!: HTMLInputElement | null;
  @query('.tree-upload') private upload!: HTMLInputElement;

  readonly #onQuestion = {
    key: (event: KeyboardEvent) => {
      event.stopPropagation();
      if (event.key === 'Escape') this.endQuestion();
    },
    answer: (event: Event) => this.onAnswer(event),
    blur: () => {
      if (this.input?.value.trim() === '') this.question = null;
    },
    remove: (path: string) => void this.delete(path),
    end: () => this.endQuestion(),
  };

  override focus(): void {
    const row = this.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]');
    (row ?? this.querySelector<HTMLElement>('button'))?.focus();
  }

  override render() {
    const rows = treeRows(this.state);
    return html`<section class="files" aria-label="Files">
      ${this.renderBar()}
      <div
        class="tree ${this.target === '' ? 'target' : ''}"
        @dragover=${(event: DragEvent) => this.onDragOver(event, '')}
        @dragleave=${() => (this.target = null)}
        @drop=${(event: DragEvent) => void this.onDrop(event, '')}
      >
        ${this.question && 'in' in this.question && this.question.in === '' ? this.renderQuestion() : nothing}
        ${rows.length === 0 ? this.renderEmpty() : this.renderRows(rows)} ${this.renderMore()}
      </div>
      ${this.renderNews()}
    </section>`;
  }

  private renderBar() {
    const button = (label: string, glyph: TemplateResult, act: () => void, needs = false) =>
      html`<button
        class="button quiet icon"
        aria-label=${label}
        title=${label}
        ?disabled=${!this.state.live || (needs && this.selected === '')}
        @click=${act}
      >
        ${glyph}
      </button>`;
    return html`<div class="files-bar" role="toolbar" aria-label="Files">
      ${button('New file', glyphs.addFile, () => this.ask({ name: 'file', in: this.folder }))}
      ${button('New folder', glyphs.addFolder, () => this.ask({ name: 'folder', in: this.folder }))}
      ${button('Upload files', glyphs.upload, () => this.upload.click())}
      ${button('Rename', glyphs.rename, () => this.ask({ name: 'rename', path: this.selected }), true)}
      ${button('Delete', glyphs.bin, () => this.ask({ name: 'remove', path: this.selected }), true)}
      ${this.renderDownload()}
      <input
        class="tree-upload"
        type="file"
        multiple
        hidden
        @change=${() => void this.onUpload(this.folder, this.upload.files)}
      />
    </div>`;
  }

  private renderDownload() {
    const row = treeRows(this.state).find(({ path }) => path === this.selected);
    const isFile = row?.entry.type === 'file';
    const label = row
      ? `Download ${row.entry.name}${isFile ? '' : ' as a zip'}`
      : 'Download everything as a zip';
    const path = row?.path ?? '';
    return html`<a
      class="button quiet icon"
      aria-label=${label}
      title=${label}
      download=${isFile ? row.entry.name : `${row?.entry.name ?? 'home'}.zip`}
      href=${isFile ? this.files.url(path) : this.files.zipUrl(path)}
      >${glyphs.download}</a
    >`;
  }

  private renderEmpty() {
    const known = this.state.folders.has('');
    return html`<p class="tree-empty muted">
      ${known ? 'No files yet. Make one, or drop some here.' : this.state.live ? 'Looking…' : 'The machine is not running.'}
    </p>`;
  }

  private renderRows(rows: readonly TreeRow[]) {
    const tabStop = rows.some(({ path }) => path === this.selected) ? this.selected : rows[0]?.path;
    return html`<div
      role="tree"
      aria-label="Files"
      @keydown=${(event: KeyboardEvent) => this.onKey(event, rows)}
    >
      ${repeat(
        rows,
        ({ path }) => path,
        (row) => this.renderRow(row, row.path === tabStop),
      )}
    </div>`;
  }

  private renderRow(row: TreeRow, tabStop: boolean) {
    const { path, entry, level, expanded } = row;
    const isFolder = entry.type === 'folder';
    const asked = this.question && 'path' in this.question && this.question.path === path;
    if (asked) return this.renderRowQuestion(level);
    return html`<div
        class="tree-row ${path === this.shown ? 'shown' : ''} ${this.target === path ? 'target' : ''}"
        role="treeitem"
        style="--level: ${level}"
        data-path=${path}
        draggable="true"
        tabindex=${tabStop ? 0 : -1}
        aria-level=${level}
        aria-posinset=${row.place}
        aria-setsize=${row.count}
        aria-selected=${path === this.selected ? 'true' : 'false'}
        aria-expanded=${isFolder ? (expanded ? 'true' : 'false') : nothing}
        @click=${() => this.onPick(row)}
        @dblclick=${() => isFolder || this.open(path, true)}
        @dragstart=${(event: DragEvent) => event.dataTransfer?.setData(DRAGGED, path)}
        @dragover=${(event: DragEvent) => this.onDragOver(event, isFolder ? path : parentOf(path))}
        @drop=${(event: DragEvent) => void this.onDrop(event, isFolder ? path : parentOf(path))}
      >
        <span class="tree-turn ${expanded ? 'open' : ''}">${isFolder ? glyphs.right : nothing}</span>
        ${isFolder ? glyphs.folder : glyphs.file}
        <span class="tree-name" title=${entry.name}>${entry.name}</span>
      </div>
      ${this.question && 'in' in this.question && this.question.in === path && expanded ? this.renderRowQuestion(level + 1) : nothing}`;
  }

  /** A tree has items alone: what is asked in it is one. */
  private renderRowQuestion(level: number) {
    return html`<div role="treeitem" aria-level=${level} aria-selected="false">
      ${this.renderQuestion(level)}
    </div>`;
  }

  private renderQuestion(level = 1) {
    return this.question ? renderQuestion(this.question, level, this.#onQuestion) : nothing;
  }

  private renderMore() {
    const cut = [...this.state.folders]
      .filter(([, { more }]) => more)
      .map(([path]) => (path === '' ? 'Your home' : path));
    return cut.length === 0
      ? nothing
      : html`<p class="tree-empty muted">${cut.join(', ')}: only the first thousand entries are shown.</p>`;
  }

  private renderNews() {
    const { uploads } = this.state;
    return html`<p class="tree-news ${this.problem ? 'bad' : ''}" role="status">
      ${this.problem || (uploads.size > 0 ? `Uploading ${[...uploads].join(', ')}…` : '')}
    </p>`;
  }

  /** Where new things go: the selected folder, or the one of the selected file. */
  private get folder(): string {
    const row = treeRows(this.state).find(({ path }) => path === this.selected);
    if (!row) return '';
    return row.entry.type === 'folder' ? row.path : parentOf(row.path);
  }

  private ask(question: Question): void {
    this.problem = '';
    if ('in' in question && question.in !== '') this.files.setExpanded(question.in, true);
    this.question = question;
    void this.updateComplete.then(() => {
      if (this.input) focusStem(this.input);
      else this.querySelector<HTMLElement>('.tree-remove button')?.focus();
    });
  }

  private endQuestion(): void {
    this.question = null;
    void this.updateComplete.then(() => this.focus());
  }

  private onAnswer(event: Event): void {
    event.preventDefault();
    const { question } = this;
    const name = this.input?.value.trim() ?? '';
    const problem = nameProblem(name);
    if (problem || !question) {
      this.problem = problem;
      return;
    }
    void this.doing(async () => {
      if (question.name === 'rename') await this.rename(question.path, join(parentOf(question.path), name));
      else if ('in' in question) await this.make(question.name, join(question.in, name));
      this.endQuestion();
    });
  }

  private async make(what: 'file' | 'folder', path: string): Promise<void> {
    if (what === 'folder') {
      await this.files.makeFolder(path);
      this.files.setExpanded(parentOf(path), true);
    } else {
      await this.files.write(path, '', 'new');
      this.files.setExpanded(parentOf(path), true);
      this.open(path, true);
    }
    this.selected = path;
  }

  private async rename(from: string, to: string): Promise<void> {
    if (from === to) return;
    await this.files.move(from, to);
    this.selected = to;
    if (this.shown === from) this.open(to, false);
  }

  private async delete(path: string): Promise<void> {
    await this.doing(async () => {
      await this.files.remove(path);
      if (isWithin(this.selected, path)) this.selected = '';
    });
    this.endQuestion();
  }

  private async doing(work: () => Promise<void>): Promise<void> {
    this.problem = '';
    try {
      await work();
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  private onPick({ path, entry, expanded }: TreeRow): void {
    this.selected = path;
    if (entry.type === 'folder') this.files.setExpanded(path, !expanded);
    else this.open(path, false);
  }

  private open(path: string, focus: boolean): void {
    const event = new OpenFileEvent(path, focus ? { line: 1 } : {});
    this.dispatchEvent(event);
  }

  private onKey(event: KeyboardEvent, rows: readonly TreeRow[]): void {
    const at = Math.max(
      0,
      rows.findIndex(({ path }) => path === this.selected),
    );
    const row = rows[at];
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    if (this.onRowKey(event.key, row)) {
      event.preventDefault();
      return;
    }
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    const next = to === undefined ? undefined : rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (!next) return;
    event.preventDefault();
    this.select(next.path);
  }

  /** What a key does with one row; false when it does nothing with it. */
  private onRowKey(key: string, { path, entry, expanded }: TreeRow): boolean {
    const isFolder = entry.type === 'folder';
    if (key === 'Enter' || key === ' ') {
      if (isFolder) this.files.setExpanded(path, !expanded);
      else this.open(path, true);
    } else if (key === 'F2') this.ask({ name: 'rename', path });
    else if (key === 'Delete') this.ask({ name: 'remove', path });
    else if (key === 'ArrowRight' && isFolder && !expanded) this.files.setExpanded(path, true);
    else if (key === 'ArrowLeft' && expanded) this.files.setExpanded(path, false);
    else if (key === 'ArrowLeft' && parentOf(path) !== '') this.select(parentOf(path));
    else return false;
    return true;
  }

  private select(path: string): void {
    this.selected = path;
    void this.updateComplete.then(() => {
      const row = this.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]');
      row?.focus();
      row?.scrollIntoView({ block: 'nearest' });
    });
  }

  private onDragOver(event: DragEvent, folder: string): void {
    event.preventDefault();
    event.stopPropagation();
    this.target = folder;
  }

  private async onDrop(event: DragEvent, folder: string): Promise<void> {
    event.preventDefault();
    event.stopPropagation();
    this.target = null;
    const from = event.dataTransfer?.getData(DRAGGED);
    if (from) await this.doing(() => this.rename(from, join(folder, nameOf(from))));
    else await this.onUpload(folder, event.dataTransfer?.files ?? null);
  }

  private async onUpload(folder: string, list: FileList | null): Promise<void> {
    for (const file of [...(list ?? [])]) {
      await this.doing(async () => {
        await this.files.upload(folder, file);
        this.files.setExpanded(folder, true);
      });
    }
    this.upload.value = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-file-tree': SlipFileTree;
  }
}
