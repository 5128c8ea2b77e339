import type { Difference } from '../../build/differences.ts';
import type { BuildObserver } from '../../build/observer.ts';
import type { BuildRequest } from '../../build/request.ts';
import { DockerfileError } from '../../dockerfile/error.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import { messageOf } from '../../oci/system-error.ts';
import type { StepSizes } from './activity.ts';
import type { BuildRecord, BuildSource, BuildStep } from './records.ts';

const STEPS_MAX = 200;
const TEXT_MAX = 300;
const TAGS_MAX = 8;
/** Code units of a Dockerfile that is kept. */
const DOCKERFILE_MAX = 32 * 1024;

export interface BuildLogOptions {
  readonly id: string;
  readonly request: BuildRequest;
  /** There is something new in the record. */
  readonly changed: () => void;
  readonly sizes: StepSizes;
}

type Step = { -readonly [K in keyof BuildStep]: BuildStep[K] };

/** Writes down what a build does, step after step. */
export class BuildLog implements BuildObserver {
  readonly #options: BuildLogOptions;
  readonly #startedAt = Date.now();
  readonly #clock = performance.now();
  readonly #steps: Step[] = [];
  #stepClock = 0;
  #total = 0;
  #state: BuildRecord['state'] = 'running';
  #durationMs = 0;
  #image = '';
  #error = '';
  #dockerfile = '';
  /** Of the step that is under way, or the mistake that ended the build. */
  #line = 0;

  constructor(options: BuildLogOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#options.id;
  }

  record(): BuildRecord & BuildSource {
    const { id, request } = this.#options;
    return {
      id,
      startedAt: this.#startedAt,
      durationMs: this.#state === 'running' ? this.#elapsed() : this.#durationMs,
      state: this.#state,
      tags: request.tags.slice(0, TAGS_MAX).map((tag) => familiarReference(parseReference(tag))),
      noCache: request.noCache,
      image: this.#image,
      error: this.#error,
      line: this.#state === 'failed' ? this.#line : 0,
      dockerfile: this.#state === 'running' ? '' : this.#dockerfile,
      steps: this.#steps.map((step) => ({ ...step })),
      total: this.#total,
    };
  }

  read(dockerfile: string): void {
    if (dockerfile.length <= DOCKERFILE_MAX) this.#dockerfile = dockerfile;
  }

  step(number: number, total: number, text: string, line: number): void {
    this.#finishStep();
    this.#line = line;
    this.#total = Math.max(total, number);
    this.#stepClock = performance.now();
    if (this.#steps.length >= STEPS_MAX) return;
    this.#steps.push({
      number,
      text: text.slice(0, TEXT_MAX),
      result: 'none',
      durationMs: 0,
      size: 0,
      image: '',
    });
    this.#options.changed();
  }

  usedCache(): void {
    const step = this.#steps.at(-1);
    if (step) step.result = 'cached';
  }

  differs(difference: Difference): void {
    const step = this.#steps.at(-1);
    if (step) step.difference = difference;
  }

  made(image: string | undefined): void {
    const step = this.#steps.at(-1);
    if (!step) return;
    if (step.result === 'none') step.result = /^\s*FROM\b/i.test(step.text) ? 'base' : 'made';
    step.image = image ?? '';
    this.#finishStep();
    this.#options.changed();
  }

  ended(result: { readonly image: string } | { readonly error: unknown }): void {
    this.#durationMs = this.#elapsed();
    if ('image' in result) {
      this.#image = result.image;
      this.#state = 'done';
    } else {
      this.#finishStep();
      this.#error = messageOf(result.error).slice(0, TEXT_MAX);
      if (result.error instanceof DockerfileError) this.#line = result.error.line ?? this.#line;
      this.#state = 'failed';
    }
    this.#options.changed();
    void this.#measure();
  }

  /** Sizes are known afterwards: nobody is to wait for them. */
  async #measure(): Promise<void> {
    const left = new Set(this.#steps.filter(({ result }) => result !== 'base').map(({ image }) => image));
    for (const step of [...this.#steps].reverse()) {
      if (step.image === '' || !left.has(step.image)) continue;
      const sizes = await this.#options.sizes(step.image).catch(() => new Map<string, number>());
      for (const each of this.#steps) {
        const size = sizes.get(each.image);
        if (size === undefined || each.result === 'base') continue;
        each.size = size;
        left.delete(each.image);
      }
      left.delete(step.image);
    }
    this.#options.changed();
  }

  #finishStep(): void {
    const step = this.#steps.at(-1);
    if (step?.durationMs === 0) step.durationMs = Math.round(performance.now() - this.#stepClock);
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#clock);
  }
}
