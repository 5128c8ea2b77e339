import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Catalogue, CatalogueGroup, CatalogueLesson, LearnerProgress } from '../../server/protocol.ts';
import {
  filterCatalogue,
  LEVELS,
  lessonsOf,
  NO_FILTER,
  readFilter,
  standingOf,
  tagsOf,
  writeFilter,
  type Filter,
  type Standing,
} from '../catalogue.ts';
import { glyphs } from '../components/glyphs.ts';
import { inlineCode } from '../text.ts';
import './catalogue.css';
import { View } from './view.ts';

const LEVEL_NAMES = { beginner: 'Beginner', intermediate: 'Intermediate', advanced: 'Advanced' } as const;

/** All lessons by groups, with the learner's state in each; the filter stands in the page's address. */
@customElement('slip-catalogue')
export class SlipCatalogue extends View {
  @property({ attribute: false }) catalogue!: Catalogue;
  @property({ attribute: false }) progress: LearnerProgress = {};
  /** Slugs of lessons that the learner has a machine for. */
  @property({ attribute: false }) open: readonly string[] = [];

  @state() private filter: Filter = readFilter(location.search);

  override render() {
    const all = lessonsOf(this.catalogue);
    const done = all.filter((lesson) => standingOf(lesson, this.progress).state === 'done').length;
    const groups = filterCatalogue(this.catalogue, this.filter, this.progress);
    const shown = groups.flatMap(({ lessons }) => lessons).length;
    return html`<section class="catalogue" aria-labelledby="lessons">
      <div class="catalogue-head">
        <h2 id="lessons">Lessons</h2>
        <p class="muted">${done === 0 ? `${all.length} in all` : `${done} of ${all.length} done`}</p>
        ${all.length > 3 ? this.renderFilter() : nothing}
      </div>
      <p class="visually-hidden" role="status">
        ${shown === all.length ? '' : `${shown} lessons are shown.`}
      </p>
      ${groups.map((group, place) => this.renderGroup(group, place))}
      ${groups.length === 0 && all.length > 0 ? this.renderNothing() : nothing}
    </section>`;
  }

  private renderFilter() {
    const { level, tag, open } = this.filter;
    const tags = tagsOf(this.catalogue);
    return html`<form
      class="filter"
      role="search"
      aria-label="Lessons"
      @submit=${(event: Event) => event.preventDefault()}
    >
      <label>
        <span class="visually-hidden">Level</span>
        <select
          @change=${(event: Event) => this.choose({ level: LEVELS.find((each) => each === valueOf(event)) ?? null })}
        >
          <option value="" ?selected=${level === null}>Every level</option>
          ${LEVELS.map((each) => html`<option value=${each} ?selected=${level === each}>${LEVEL_NAMES[each]}</option>`)}
        </select>
      </label>
      ${
        tags.length === 0
          ? nothing
          : html`<label>
              <span class="visually-hidden">Subject</span>
              <select @change=${(event: Event) => this.choose({ tag: valueOf(event) || null })}>
                <option value="" ?selected=${tag === null}>Every subject</option>
                ${tags.map((each) => html`<option value=${each} ?selected=${tag === each}>${each}</option>`)}
              </select>
            </label>`
      }
      <label class="filter-open">
        <input
          type="checkbox"
          .checked=${open}
          @change=${(event: Event) => this.choose({ open: (event.target as HTMLInputElement).checked })}
        />
        Not done yet
      </label>
    </form>`;
  }

  private renderGroup({ title, summary, lessons }: CatalogueGroup, place: number) {
    const id = `group-${place}`;
    return html`<section class="group" aria-labelledby=${id}>
      <div class="group-head">
        <h3 id=${id}>${title}</h3>
        <p class="muted">${inlineCode(summary)}</p>
      </div>
      <ol class="cards">
        ${lessons.map((lesson) => this.renderLesson(lesson))}
      </ol>
    </section>`;
  }

  private renderLesson(lesson: CatalogueLesson) {
    const standing = standingOf(lesson, this.progress);
    const { slug, title, summary, level, minutes } = lesson;
    return html`<li class="card is-${standing.state}">
      <span class="card-mark" aria-hidden="true">${standing.state === 'done' ? glyphs.check : nothing}</span>
      <div class="card-words">
        <h4><a href="/lessons/${slug}">${title}</a></h4>
        <p class="card-summary">${inlineCode(summary)}</p>
        ${this.renderNeeds(lesson)}
      </div>
      <p class="card-meta">
        <span>${LEVEL_NAMES[level]} · ${minutes} min</span>
        <span class=${standing.state === 'new' ? 'visually-hidden' : 'card-state'}
          >${describe(standing, this.open.includes(slug))}</span
        >
      </p>
    </li>`;
  }

  /** What should come before it, while that is not done. */
  private renderNeeds({ needs }: CatalogueLesson) {
    const open = lessonsOf(this.catalogue).filter(
      (lesson) => needs.includes(lesson.slug) && standingOf(lesson, this.progress).state !== 'done',
    );
    if (open.length === 0) return nothing;
    return html`<p class="card-needs">Best after ${open.map(({ title }) => `“${title}”`).join(' and ')}.</p>`;
  }

  private renderNothing() {
    return html`<div class="catalogue-none">
      <p class="muted">No lesson is like that.</p>
      <button class="button" @click=${() => this.choose(NO_FILTER)}>Show all lessons</button>
    </div>`;
  }

  private choose(part: Partial<Filter>): void {
    this.filter = { ...this.filter, ...part };
    history.replaceState(history.state, '', location.pathname + writeFilter(this.filter));
  }
}

const valueOf = (event: Event): string => (event.target as HTMLSelectElement).value;

function describe({ state, done, total }: Standing, hasMachine: boolean): string {
  if (state === 'done') return 'Done';
  if (state === 'new') return hasMachine ? 'Machine is open' : 'Not begun';
  return total === 0 ? 'Begun' : `${done} of ${total} done`;
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-catalogue': SlipCatalogue;
  }
}
