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
  /** The most that what is found has taken so far, in pixels. */
  #findingsPx = 0;
  /** Of what is below the title, in pixels, when it was done. */
  #heightPx = 0;

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('done') && this.done && this.wasOpen)
      this.#heightPx = this.renderRoot.querySelector<HTMLElement>('.rest')?.offsetHeight ?? 0;
    if (this.known && !this.done) this.wasOpen = true;
    if (!this.done) this.#heightPx = 0;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#sight.disconnect();
  }

  override updated(changed: PropertyValues<this>): void {
    this.keepHeight();
    if (changed.has('done')) this.foldLater();
    if (changed.has('current') || changed.has('done') || changed.has('hints')) this.waitForNext();
  }

  override render() {
    return html`<div class="task" role="group" aria-labelledby="title">
      <span class="tick">${glyphs.check}</span>
      <p class="title" id="title">
        <span class="visually-hidden">${this.done ? 'Done: ' : 'Task: '}</span>${inlineCode(this.heading)}
      </p>
      <div class="rest" style=${styleMap({ minHeight: `${this.#heightPx}px` })}>
        ${this.done && !this.wasOpen ? nothing : this.renderRest()}
      </div>
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
    this.#heightPx = 0;
  }

  /** What is found comes and goes while a command runs: its place grows when it must, and never shrinks. */
  private keepHeight(): void {
    const findings = this.renderRoot.querySelector<HTMLElement>('.findings');
    if (!findings) return;
    this.#findingsPx = Math.max(this.#findingsPx, findings.offsetHeight);
    findings.style.minHeight = `${this.#findingsPx}px`;
  }

  /** A hint with a time unfolds by itself, counted from when the task came to be the next one. */
  private waitForNext(): void {
    clearTimeout(this.#timer);
    const after = this.hints[this.rungs]?.after;
    if (!this.current || this.done || after === undefined) return;
    this.#timer = setTimeout(() => (this.rungs += 1), after * MINUTE_MS);
  }

  private renderFindings() {
    // What is right stands first, so that it stays in its place when what is missing is told, too: later tasks do not say that yet.
    const right = this.findings.filter(({ passed }) => passed);
    const missing = this.current ? this.findings.filter(({ passed }) => !passed) : [];
    const told = this.done ? this.findings : [...right, ...missing];
    const findings = told.slice(0, this.done ? this.lines : undefined);
    const waiting = this.done ? 0 : Math.max(0, this.checks - findings.length);
    return html`<ul
      class="findings"
      style=${styleMap({ '--lines': String(this.lines) })}
      aria-label="What was found"
      aria-hidden=${findings.length === 0 ? 'true' : 'false'}
    >
      ${findings.map(({ passed, message }) =>
        passed
          ? html`<li class="finding" title=${this.done ? plain(message) : nothing}>
              ${glyphs.check}<span>${inlineCode(message)}</span>
            </li>`
          : html`<li class="finding missing"><span>${inlineCode(message)}</span></li>`,
      )}
      ${Array.from({ length: waiting }, () => html`<li class="finding waiting" aria-hidden="true"></li>`)}
    </ul>`;
  }

  /** Kept free for what is found: most findings that say what is missing take two lines. */
  private get lines(): number {
    return Math.max(this.checks + 1, 2 * Math.min(this.checks, 3));
  }
}

const plain = (text: string): string => text.replaceAll('`', '');

declare global {
  interface HTMLElementTagNameMap {
    'slip-task': SlipTask;
  }
}
