import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { signalWithin } from '../../sandbox/time/limit.ts';

/** Between two keys in one terminal: as somebody types who is quick at it. */
const KEY_EVERY_MS = 150;
/** A line is taken back after so many keys, before it is as wide as the terminal. */
const LINE_KEYS = 40;
const TAKE_BACK = '\u0015';
const LOST_MS = 10_000;

/** Bytes of the output whose way is timed. */
const FLOOD_BYTES = 20e6;
const FLOOD = `yes 'a line as a build prints them, neither long nor short' | head -c ${FLOOD_BYTES}; echo all-of''-it\r`;
const FLOOD_LIMIT_MS = 120_000;

/** The far end of a terminal: what a page does with it. */
export class Typed {
  readonly #send: (data: string) => void;
  #kept = '';
  #look: () => void = () => undefined;
  #typed = 0;

  constructor(send: (data: string) => void) {
    this.#send = send;
  }

  /** To be called with all that the terminal prints. */
  readonly printed = (data: string): void => {
    this.#kept = (this.#kept + data).slice(-256);
    this.#look();
  };

  /** Resolves when a command typed now has been carried out. */
  async ready(): Promise<void> {
    await this.#until('is-there', () => this.#send("echo is''-there\r"), LOST_MS);
  }

  /** Types a key now and then for so long; the milliseconds that each echo took. */
  async type(forMs: number): Promise<number[]> {
    const echoes: number[] = [];
    const end = performance.now() + forMs;
    await sleep(Math.random() * KEY_EVERY_MS);
    while (performance.now() < end) {
      if (++this.#typed % LINE_KEYS === 0) this.#send(TAKE_BACK);
      const begun = performance.now();
      await this.#until('x', () => this.#send('x'), LOST_MS);
      echoes.push(performance.now() - begun);
      await sleep(KEY_EVERY_MS);
    }
    this.#send(TAKE_BACK);
    return echoes;
  }

  /** Milliseconds for `FLOOD_BYTES` of output to arrive. */
  async flood(): Promise<number> {
    const begun = performance.now();
    await this.#until('all-of-it', () => this.#send(FLOOD), FLOOD_LIMIT_MS);
    return performance.now() - begun;
  }

  async #until(text: string, act: () => void, limitMs: number): Promise<void> {
    this.#kept = '';
    const limit = signalWithin(limitMs);
    await new Promise<void>((resolve, reject) => {
      limit.onabort = () => reject(new Error(`A terminal has not printed “${text}” in ${limitMs / 1000} s.`));
      this.#look = () => {
        if (this.#kept.includes(text)) resolve();
      };
      act();
    }).finally(() => (limit.onabort = null));
  }
}
