import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { Catalogue, CatalogueLesson, LearnerProgress, SessionView } from '../../server/protocol.ts';
import { api, sentence } from '../api.ts';
import { lessonsOf, nextLesson, standingOf } from '../catalogue.ts';
import '../components/confirm.ts';
import { glyphs, mark } from '../components/glyphs.ts';
import '../components/progress.ts';
import { progressApi, serviceIsReady } from '../progress.ts';
import { formatDuration, inlineCode } from '../text.ts';
import './catalogue.ts';
import './home.css';
import './kept-progress.ts';
import { View } from './view.ts';

const STATES = {
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  failed: 'failed',
} as const satisfies Record<SessionView['state'], string>;

/** Fetches the workspace once the learner moves towards a way into it. */
const prepare = (event: Event): void => {
  if (event.target instanceof Element && event.target.closest('.card, .next, .machine, .bare'))
    import('./workspace.ts').catch(() => undefined);
};

/** What Slipway is, its lessons and how far the learner is with them, and the learner's machines. */
@customElement('slip-home')
export class SlipHome extends View {
  @state() private catalogue: Catalogue | null = null;
  @state() private progress: LearnerProgress = {};
  @state() private sessions: readonly SessionView[] = [];
  @state() private ready: boolean | null = null;
  @state() private problem = '';
  @state() private ending: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Slipway – learn Docker images by doing';
    void this.load();
  }

  override render() {
    return html`<div class="home">
      <header class="home-bar">
        <a class="brand" href="/">${mark} Slipway</a>
        <nav aria-label="Pages"><a href="/hub">Hub</a></nav>
      </header>
      <main @pointerover=${prepare} @focusin=${prepare}>
        <div class="home-top">
          <div class="home-intro">
            <h1 tabindex="-1">Learn Docker images by doing</h1>
            <p>
              Every lesson opens a Linux machine of your own, here in the browser, with the real Docker
              command line. Change a container, keep it as an image, and see what images are made of.
            </p>
            ${this.renderService()}
          </div>
          ${this.catalogue ? this.renderNext(this.catalogue) : html`<div class="next next-wait"></div>`}
        </div>
        ${this.problem ? this.renderProblem() : nothing}
        ${this.sessions.length > 0 ? this.renderSessions() : nothing}
        ${
          this.catalogue
            ? html`<slip-catalogue
                .catalogue=${this.catalogue}
                .progress=${this.progress}
                .open=${this.sessions.flatMap(({ lesson }) => lesson ?? [])}
              ></slip-catalogue>`
            : nothing
        }
        ${this.renderBareMachine()}
        ${
          this.catalogue
            ? html`<slip-kept-progress
                .progress=${this.progress}
                @slip-progress-changed=${() => void this.load()}
              ></slip-kept-progress>`
            : nothing
        }
      </main>
    </div>`;
  }

  private renderService() {
    if (this.ready === null) return html`<p class="service muted" role="status">&nbsp;</p>`;
    return html`<p class="service ${this.ready ? 'is-ready' : 'is-away'}" role="status">
      <span class="service-light" aria-hidden="true"></span>
      ${
        this.ready
          ? 'Ready: a machine starts with one click, no account needed.'
          : 'No machine can be had at the moment. Lessons can be read.'
      }
    </p>`;
  }

  private renderNext(catalogue: Catalogue) {
    const lesson = nextLesson(catalogue, this.progress);
    if (!lesson) return this.renderAllDone(catalogue);
    const { state, done, total, step } = standingOf(lesson, this.progress);
    const begun = state === 'begun';
    return html`<section class="next" aria-labelledby="next">
      <p class="next-eyebrow">${begun ? 'Go on where you were' : 'Next for you'}</p>
      <h2 id="next">${lesson.title}</h2>
      ${
        begun
          ? html`<slip-progress .done=${done} .total=${total}></slip-progress>
              ${step === null ? nothing : html`<p class="muted">You were at “${step}”.</p>`}`
          : this.renderOutcomes(lesson)
      }
      <a class="button primary large" href="/lessons/${lesson.slug}">
        ${begun ? 'Continue' : 'Start'} <span class="visually-hidden">${lesson.title}</span> ${glyphs.arrow}
      </a>
    </section>`;
  }

  private renderOutcomes({ outcomes, minutes }: CatalogueLesson) {
    return html`<p class="muted">After ${minutes} minutes you can</p>
      <ul class="outcomes">
        ${outcomes.map((outcome) => html`<li>${glyphs.check}<span>${inlineCode(outcome)}</span></li>`)}
      </ul>`;
  }

  private renderAllDone(catalogue: Catalogue) {
    const count = lessonsOf(catalogue).length;
    if (count === 0) return html`<div class="next"><p class="muted">This server has no lessons.</p></div>`;
    return html`<section class="next" aria-labelledby="next">
      <h2 id="next">All ${count} lessons are done</h2>
      <p class="muted">Take any of them again, or try what you like on a bare machine.</p>
      <a class="button primary large" href="/machine">Open a bare machine ${glyphs.arrow}</a>
    </section>`;
  }

  private renderProblem() {
    return html`<div class="home-problem" role="alert">
      <p>${this.problem}</p>
      <button class="button" @click=${() => void this.load()}>Try again</button>
    </div>`;
  }

  private renderSessions() {
    return html`<section aria-labelledby="machines">
      <h2 id="machines">Your machines</h2>
      <ul class="machines">
        ${this.sessions.map((session) => this.renderSession(session))}
      </ul>
    </section>`;
  }

  private renderSession(session: SessionView) {
    const name = this.nameOf(session);
    const left = formatDuration(Date.parse(session.expiresAt) - Date.now());
    return html`<li class="machine">
      <div class="machine-words">
        <a href=${session.lesson === null ? '/machine' : `/lessons/${session.lesson}`}>${name}</a>
        <span class="muted">${STATES[session.state]} · kept for another ${left}</span>
        ${session.reason ? html`<span class="muted">${inlineCode(session.reason)}</span>` : nothing}
      </div>
      <slip-confirm
        label="End"
        description="End the machine of ${name}"
        question="This erases all that is on it."
        busy=${this.ending === session.id ? 'Ending…' : ''}
        ?disabled=${this.ending === session.id}
        @slip-confirm=${() => void this.end(session)}
      ></slip-confirm>
    </li>`;
  }

  private renderBareMachine() {
    return html`<section class="bare" aria-labelledby="bare">
      <div>
        <h2 id="bare">Just a machine</h2>
        <p class="muted">The same machine without a lesson beside it, to try whatever you like.</p>
      </div>
      <a class="button" href="/machine">Open a bare machine</a>
    </section>`;
  }

  private nameOf(session: SessionView): string {
    if (session.lesson === null) return 'Bare machine';
    const lessons = this.catalogue ? lessonsOf(this.catalogue) : [];
    return lessons.find(({ slug }) => slug === session.lesson)?.title ?? session.lesson;
  }

  private async load(): Promise<void> {
    this.problem = '';
    void serviceIsReady().then((ready) => (this.ready = ready));
    try {
      [this.catalogue, this.progress, this.sessions] = await Promise.all([
        progressApi.catalogue(),
        progressApi.progress(),
        api.sessions(),
      ]);
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  private async end({ id }: SessionView): Promise<void> {
    this.ending = id;
    try {
      await api.endSession(id);
      this.sessions = this.sessions.filter((session) => session.id !== id);
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.ending = null;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-home': SlipHome;
  }
}
