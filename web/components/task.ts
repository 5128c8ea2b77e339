import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { TaskView, TextHint } from '../../server/protocol.ts';
import { RunCommandEvent } from '../events.ts';
import { inlineCode } from '../text.ts';
import { glyphs } from './glyphs.ts';
import { controlStyles } from './shared.ts';
import { taskStyles } from './task-styles.ts';

const MINUTE_MS = 60_000;

/** Where the browser keeps what is being read in its place when something above it grows or shrinks. */
const KEEPS_PLACE = CSS.supports('overflow-anchor', 'auto');

type Finding = TaskView['findings'][number];

/**
 * One task: whether it is done, and while it is not, what was found so far and hints to unfold. Done, it keeps its height
 * while it is in sight, and folds to its title once it is not. Event: `slip-run`.
 */
@customElement('slip-task')
export class SlipTask extends LitElement {
  static override styles = [controlStyles, taskStyles];

  @property() heading = '';
  /** How many conditions it has. */
  @property({ type: Number }) checks = 1;
  /** Whether it is done or open has been told. */
  @property({ type: Boolean }) known = false;
  /** In rungs, from a nudge to the command. */
  @property({ attribute: false }) hints: readonly TextHint[] = [];
  /** Lines that solve it: the last rung. */
  @property() solution = '';
  /** There is a machine that would take the solution. */
  @property({ type: Boolean }) live = false;
  /** Hints for the state the learner is in. */
  @property({ attribute: false }) advice: readonly string[] = [];
  /** Why it cannot be done any more, and the way back; empty otherwise. */
  @property() deadEnd = '';
  @property({ attribute: false }) findings: readonly Finding[] = [];
  @property({ type: Boolean, reflect: true }) done = false;
  /** The task that comes next. */
  @property({ type: Boolean, reflect: true }) current = false;

  /** How many rungs are unfolded; the solution counts as one. */
  @state() private rungs = 0;

  /** Whoever sees it done has seen it open: what was there keeps its place, so that nothing below moves. */
  @state() private wasOpen = false;

  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #sight = new IntersectionObserver((entries) => {
    if (entries.at(-1)?.isIntersecting === false && this.done) this.fold();
  });
  /** The most that each of these parts has taken so far, in pixels. */
  readonly #heightsPx = new Map<string, number>();

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('done')) this.keepHeights();
    if (this.known && !this.done) this.wasOpen = true;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#sight.disconnect();
  }

  override updated(changed: PropertyValues<this>): void {
    this.keepHeights();
    if (changed.has('done')) this.foldLater();
    if (changed.has('current') || changed.has('done') || changed.has('hints')) this.waitForNext();
  }

  override render() {
    return html`<div class="task" role="group" aria-labelledby="title">
      <span class="tick">${glyphs.check}</span>
      <p class="title" id="title">
        <span class="visually-hidden">${this.done ? 'Done: ' : 'Task: '}</span>${inlineCode(this.heading)}
      </p>
      <div class="rest">${this.done && !this.wasOpen ? nothing : this.renderRest()}</div>
    </div>`;
  }

  private renderRest() {
    const advice = this.done ? [] : [...this.advice, ...(this.deadEnd === '' ? [] : [this.deadEnd])];
    return html`${this.renderFindings()}
    ${advice.map((text) => html`<p class="advice" role="status">${inlineCode(text)}</p>`)}
    ${this.renderHints()}`;
  }

  private renderHints() {
    const all = this.hints.length + (this.solution === '' ? 0 : 1);
    if (all === 0) return nothing;
    const next =
      this.rungs >= this.hints.length ? 'Show the solution' : this.rungs === 0 ? 'Hint' : 'Another hint';
    return html`<ol class="hints" aria-label="Hints" aria-live="polite">
        ${this.hints.slice(0, this.rungs).map(({ text }) => html`<li>${inlineCode(text)}</li>`)}
        ${this.rungs > this.hints.length ? this.renderSolution() : nothing}
      </ol>
      ${
        this.rungs < all
          ? html`<button class="more ${this.done ? 'unseen' : ''}" @click=${() => (this.rungs += 1)}>
              ${next}
            </button>`
          : nothing
      }`;
  }

  private renderSolution() {
    return html`<li>
      <pre><code>${this.solution}</code></pre>
      <button
        class="button small"
        ?disabled=${!this.live}
        @click=${() => this.dispatchEvent(new RunCommandEvent(this.solution, { enter: false }))}
      >
        Place it at the prompt
      </button>
    </li>`;
  }

  private foldLater(): void {
    this.#sight.disconnect();
    if (this.done && this.wasOpen && KEEPS_PLACE) this.#sight.observe(this);
  }

  private fold(): void {
    this.#sight.disconnect();
    this.wasOpen = false;
    this.#heightsPx.clear();
    this.find('.rest')?.style.removeProperty('min-height');
  }

  /** What is found and advised comes and goes while a command runs: its place grows when it must, and never shrinks. */
  private keepHeights(): void {
    if (!this.wasOpen) return;
    for (const selector of ['.findings', '.rest']) {
      const part = this.find(selector);
      if (!part) continue;
      const heightPx = Math.max(this.#heightsPx.get(selector) ?? 0, part.offsetHeight);
      this.#heightsPx.set(selector, heightPx);
      part.style.minHeight = `${heightPx}px`;
    }
  }

  private find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  /** A hint with a time unfolds by itself, counted from when the task came to be the next one. */
  private waitForNext(): void {
    clearTimeout(this.#timer);
    const after = this.hints[this.rungs]?.after;
    if (!this.current || this.done || after === undefined) return;
    this.#timer = setTimeout(() => (this.rungs += 1), after * MINUTE_MS);
  }

  /**
   * What is right stands first, in a line each. What is missing is told of the task that comes next; of later ones it only
   * keeps its place, so that nothing below moves when their turn comes.
   */
  private renderFindings() {
    const right = this.findings.filter(({ passed }) => passed);
    const missing = this.findings.filter(({ passed }) => !passed);
    const tells = right.length > 0 || (this.current && missing.length > 0);
    return html`<ul
        class="findings"
        style=${styleMap({ '--lines': String(this.lines) })}
        aria-label="What was found"
        aria-hidden=${tells ? 'false' : 'true'}
      >
        ${right.map(
          ({ message }) =>
            html`<li class="finding right" title=${plain(message)}>
              ${glyphs.check}<span>${inlineCode(message)}</span>
            </li>`,
        )}
        ${missing.map(
          ({ message }) =>
            html`<li class="finding missing ${this.current ? '' : 'unseen'}">
              <span>${inlineCode(message)}</span>
            </li>`,
        )}
      </ul>
      ${tells ? nothing : this.renderWaiting()}`;
  }

  /** As many as there are conditions, until something is said of one: behind what will be said, for they move nothing. */
  private renderWaiting() {
    return html`<div class="waiting" aria-hidden="true">
      ${Array.from({ length: this.checks }, () => html`<span></span>`)}
    </div>`;
  }

  /** Kept free for what is found: most findings that say what is missing take two lines, and a few take three. */
  private get lines(): number {
    return Math.max(3, this.checks + 1, 2 * Math.min(this.checks, 4));
  }
}

const plain = (text: string): string => text.replaceAll('`', '');

declare global {
  interface HTMLElementTagNameMap {
    'slip-task': SlipTask;
  }
}
