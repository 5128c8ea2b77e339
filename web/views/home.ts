import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { LessonSummary, SessionView } from '../../server/protocol.ts';
import { api, sentence } from '../api.ts';
import '../components/confirm.ts';
import { glyphs, mark } from '../components/glyphs.ts';
import { formatDuration, inlineCode } from '../text.ts';
import './home.css';
import { View } from './view.ts';

const LEVELS = { beginner: 'Beginner', intermediate: 'Intermediate', advanced: 'Advanced' } as const;
const STATES = {
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  failed: 'failed',
} as const satisfies Record<SessionView['state'], string>;

/** Fetches the workspace once the learner moves towards a way into it. */
const prepare = (event: Event): void => {
  if (event.target instanceof Element && event.target.closest('.card, .machine, .bare'))
    import('./workspace.ts').catch(() => undefined);
};

/** What Slipway is, its lessons, and the learner's machines. */
@customElement('slip-home')
export class SlipHome extends View {
  @state() private lessons: readonly LessonSummary[] | null = null;
  @state() private sessions: readonly SessionView[] = [];
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
        <div class="home-intro">
          <h1 tabindex="-1">Learn Docker images by doing</h1>
          <p>
            Every lesson opens a Linux machine of your own, here in the browser, with the real Docker command
            line. Change a container, keep it as an image, and see what images are made of.
          </p>
        </div>
        ${this.problem ? this.renderProblem() : nothing}
        ${this.sessions.length > 0 ? this.renderSessions() : nothing}
        ${this.lessons ? this.renderLessons(this.lessons) : nothing} ${this.renderBareMachine()}
      </main>
    </div>`;
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

  private renderLessons(lessons: readonly LessonSummary[]) {
    return html`<section aria-labelledby="lessons">
      <h2 id="lessons">Lessons</h2>
      ${lessons.length === 0 ? html`<p class="muted">This server has no lessons.</p>` : nothing}
      <ul class="cards">
        ${lessons.map((lesson) => this.renderLesson(lesson))}
      </ul>
    </section>`;
  }

  private renderLesson(lesson: LessonSummary) {
    return html`<li>
      <article class="card">
        <div class="card-words">
          <p class="card-meta">${LEVELS[lesson.level]} · ${lesson.minutes} min</p>
          <h3><a href="/lessons/${lesson.slug}">${lesson.title}</a></h3>
          <p class="card-summary">${inlineCode(lesson.summary)}</p>
          <span class="card-go" aria-hidden="true">
            ${this.sessions.some((session) => session.lesson === lesson.slug) ? 'Continue' : 'Start'}
            ${glyphs.arrow}
          </span>
        </div>
        <ul class="outcomes" aria-label="After it you can">
          ${lesson.outcomes.map((outcome) => html`<li>${glyphs.check}<span>${inlineCode(outcome)}</span></li>`)}
        </ul>
      </article>
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
    return this.lessons?.find(({ slug }) => slug === session.lesson)?.title ?? session.lesson;
  }

  private async load(): Promise<void> {
    this.problem = '';
    try {
      const [lessons, sessions] = await Promise.all([api.lessons(), api.sessions()]);
      this.lessons = lessons;
      this.sessions = sessions;
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
