import { progressApi } from './progress.ts';

/** A step counts as read when its beginning is in the upper part of the pane: this much of its height. */
const READ_PART = 0.4;

/** Whoever scrolls on within this time has not read what lies between, in milliseconds. */
const QUIET_MS = 800;

/** Which step of a lesson is being read, told to the server, so that whoever comes back is led there. */
export class LessonPlace {
  readonly #lesson: string;
  #told: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(lesson: string) {
    this.#lesson = lesson;
  }

  /** The step that was read last, on whatever machine; null for a lesson that is new, and while nobody answers. */
  async last(): Promise<string | null> {
    const all = await progressApi.progress().catch(() => null);
    this.#told = all?.[this.#lesson]?.step ?? null;
    return this.#told;
  }

  /** The pane was scrolled. `steps` are its steps in their order, by id. */
  scrolled(pane: Element, steps: () => ReadonlyMap<string, Element>): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(stepAt(pane, steps())), QUIET_MS);
  }

  /** The server has forgotten the place: the lesson begins again. */
  forget(): void {
    this.#told = null;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tell(step: string | null): void {
    if (step === null || step === this.#told) return;
    this.#told = step;
    // Not worth a word when it fails: the next step tells again.
    progressApi.reachStep(this.#lesson, step).catch(() => (this.#told = null));
  }
}

function stepAt(pane: Element, steps: ReadonlyMap<string, Element>): string | null {
  const { top, height } = pane.getBoundingClientRect();
  // Not rendered, as while the lesson is hidden.
  if (height === 0) return null;
  let read: string | null = null;
  for (const [id, element] of steps)
    if (read === null || element.getBoundingClientRect().top <= top + height * READ_PART) read = id;
  return read;
}
