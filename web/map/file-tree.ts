import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { LayerFile } from '../../server/protocol.ts';
import { formatBytes } from '../text.ts';
import { View } from '../views/view.ts';
import { rowsOf, treeOf, withSingle, type ChangeFilter, type FileNode } from './files.ts';

/** Rows that are drawn; the rest is counted. */
const ROWS_MAX = 400;

const SIGNS = { added: '+', changed: '~', deleted: '−' } as const;

const FILTERS: readonly { readonly filter: ChangeFilter; readonly label: string }[] = [
  { filter: 'all', label: 'All' },
  { filter: 'added', label: 'Added' },
  { filter: 'changed', label: 'Changed' },
  { filter: 'deleted', label: 'Deleted' },
];

/** The files of a layer as a tree with sizes: arrow keys move, open and close. */
@customElement('slip-map-files')
export class SlipMapFiles extends View {
  @property({ attribute: false }) files: readonly LayerFile[] = [];
  /** Nobody knows how large they are. */
  @property({ type: Boolean }) sizeless = false;

  @state() private filter: ChangeFilter = 'all';
  @state() private opened: ReadonlySet<string> = new Set();
  @state() private current = '';

  #tree: readonly FileNode[] = [];

  override willUpdate(changed: PropertyValues<this> & Map<string, unknown>): void {
    if (!changed.has('files') && !changed.has('filter')) return;
    this.#tree = treeOf(this.files, this.filter);
    const [only, ...more] = this.#tree;
    this.opened = new Set(only && more.length === 0 ? withSingle(only) : []);
  }

  override render() {
    const rows = rowsOf(this.#tree, this.opened);
    const shown = rows.slice(0, ROWS_MAX);
    const stop = shown.some(({ node }) => node.path === this.current) ? this.current : shown[0]?.node.path;
    return html`
      <div class="map-forms" role="group" aria-label="Which files">
        ${FILTERS.map(
          ({ filter, label }) =>
            html`<button
              class="button quiet small"
              aria-pressed=${filter === this.filter ? 'true' : 'false'}
              @click=${() => (this.filter = filter)}
            >
              ${label}
            </button>`,
        )}
      </div>
      ${
        shown.length === 0
          ? html`<p class="muted">No such files.</p>`
          : html`<div class="map-files" role="tree" aria-label="Files of the layer" @keydown=${this.onKey}>
              ${shown.map(({ node, depth }) => this.renderRow(node, depth, node.path === stop))}
            </div>`
      }
      ${rows.length > ROWS_MAX ? html`<p class="muted">And ${rows.length - ROWS_MAX} more.</p>` : nothing}
    `;
  }

  private renderRow(node: FileNode, depth: number, tabStop: boolean) {
    const { name, path, change, size, hides, children } = node;
    const open = this.opened.has(path);
    const bytes = this.sizeless || change === 'deleted' ? '' : formatBytes(size);
    return html`<div
      class="map-file ${change ?? ''}"
      role="treeitem"
      aria-level=${depth + 1}
      aria-expanded=${children.length === 0 ? nothing : open ? 'true' : 'false'}
      aria-label="${name}${change ? `, ${change}` : ''}${bytes ? `, ${bytes}` : ''}${hides > 0 ? `, hides ${formatBytes(hides)}` : ''}"
      tabindex=${tabStop ? 0 : -1}
      data-path=${path}
      style=${styleMap({ paddingInlineStart: `${depth * 0.9 + 0.25}rem` })}
      @click=${() => this.toggle(node)}
      @focus=${() => (this.current = path)}
    >
      <span class="map-twig" aria-hidden="true">${children.length === 0 ? '' : open ? '▾' : '▸'}</span>
      <span class="map-sign" aria-hidden="true">${change ? SIGNS[change] : ''}</span>
      <span class="map-file-name">${name}${node.kind === 'folder' ? '/' : ''}</span>
      ${hides > 0 ? html`<span class="map-ghost" title="Still in the layers below, and seen by nobody">hides ${formatBytes(hides)}</span>` : nothing}
      <span class="map-file-size">${bytes}</span>
    </div>`;
  }

  private toggle(node: FileNode): void {
    if (node.children.length === 0) return;
    const opened = new Set(this.opened);
    if (!opened.delete(node.path)) for (const path of withSingle(node)) opened.add(path);
    this.opened = opened;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const rows = rowsOf(this.#tree, this.opened).slice(0, ROWS_MAX);
    const at = Math.max(
      0,
      rows.findIndex(({ node }) => node.path === this.current),
    );
    const row = rows[at];
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const open = this.opened.has(row.node.path);
    const parent = rows.findLastIndex(({ depth }, i) => i < at && depth < row.depth);
    const to: Record<string, number | undefined> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: rows.length - 1,
      ArrowRight: open ? at + 1 : at,
      ArrowLeft: open ? at : parent,
      Enter: at,
      ' ': at,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (next === at && (event.key !== 'ArrowLeft' || open) && event.key !== 'Home' && event.key !== 'End')
      this.toggle(row.node);
    const path = rows[next]?.node.path;
    if (path === undefined) return;
    this.current = path;
    void this.updateComplete.then(() =>
      [...this.querySelectorAll<HTMLElement>('[data-path]')]
        .find(({ dataset }) => dataset.path === path)
        ?.focus(),
    );
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-files': SlipMapFiles;
  }
}
