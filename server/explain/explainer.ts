import { explainLine, type Explanation } from '../../lessons/explanations.ts';
import { PlainLines } from './plain-lines.ts';
import type { ExplanationView } from './protocol.ts';

/** Between two explanations, in milliseconds. */
const EVERY_MS = 1000;

/** Until the same explanation is given again, in milliseconds. */
const AGAIN_MS = 60_000;

export interface ExplainerOptions {
  readonly explanations: readonly Explanation[];
  readonly tell: (explanation: ExplanationView) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Watches the output of one terminal for messages that trip people up. */
export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #lines = new PlainLines();
  /** When each was given last; there are no more than explanations. */
  readonly #given = new Map<string, number>();
  #nextMs = -Infinity;

  constructor(options: ExplainerOptions) {
    this.#options = options;
  }

  /** Output of the terminal, in whatever pieces. */
  output(text: string): void {
    for (const line of this.#lines.push(text)) if (line !== '') this.#judge(line);
  }

  #judge(line: string): void {
    const now = (this.#options.now ?? (() => performance.now()))();
    if (now < this.#nextMs) return;
    const explained = explainLine(this.#options.explanations, line);
    if (!explained) return;
    const given = this.#given.get(explained.id);
    if (given !== undefined && now - given < AGAIN_MS) return;
    this.#given.set(explained.id, now);
    this.#nextMs = now + EVERY_MS;
    this.#options.tell(explained);
  }
}
