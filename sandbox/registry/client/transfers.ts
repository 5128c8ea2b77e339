/** Who waits for a transfer: hears of its progress, and may stop waiting. */
export interface Watcher<Line> {
  readonly report: (line: Line) => void;
  readonly signal: AbortSignal;
}

/** What the work of a transfer is given. */
export interface Job<Line> {
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  readonly report: (line: Line) => void;
  /** Lets the next transfer begin: what is left to do needs no network. */
  release(): void;
}

interface Running<Line> {
  readonly watchers: Set<Watcher<Line>>;
  readonly gone: AbortController;
  result: Promise<unknown>;
  last?: Line;
}

/** Transfers of which only so many run at once; the same one asked for twice is made once. */
export class Transfers<Line> {
  readonly #limit: number;
  readonly #running = new Map<string, Running<Line>>();
  readonly #queue: (() => void)[] = [];
  #active = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `waiting` is told to whoever cannot begin at once. A watcher that leaves gets its signal's reason. */
  async run<T>(
    key: string,
    waiting: Line,
    watcher: Watcher<Line>,
    work: (job: Job<Line>) => Promise<T>,
  ): Promise<T> {
    watcher.signal.throwIfAborted();
    let running = this.#running.get(key);
    while (running?.gone.signal.aborted) {
      // The one before is being cleaned up.
      await running.result.catch(() => undefined);
      running = this.#running.get(key);
    }
    running ??= this.#start(key, waiting, watcher, work);
    if (!running.watchers.has(watcher)) {
      running.watchers.add(watcher);
      if (running.last !== undefined) watcher.report(running.last);
    }
    return this.#wait(running, watcher) as Promise<T>;
  }

  #start<T>(key: string, waiting: Line, first: Watcher<Line>, work: (job: Job<Line>) => Promise<T>) {
    const running: Running<Line> = {
      watchers: new Set([first]),
      gone: new AbortController(),
      result: Promise.resolve(),
    };
    const report = (line: Line) => {
      running.last = line;
      for (const watcher of running.watchers) watcher.report(line);
    };
    running.result = this.#inSlot(
      running.gone.signal,
      () => report(waiting),
      (release) => work({ signal: running.gone.signal, report, release }),
    ).finally(() => this.#running.delete(key));
    running.result.catch(() => undefined);
    this.#running.set(key, running);
    return running;
  }

  async #wait(running: Running<Line>, watcher: Watcher<Line>): Promise<unknown> {
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(watcher.signal.reason as Error);
    });
    watcher.signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([running.result, left]);
    } finally {
      watcher.signal.removeEventListener('abort', leave);
      running.watchers.delete(watcher);
      if (running.watchers.size === 0) running.gone.abort(new Error('context canceled'));
    }
  }

  async #inSlot<T>(
    signal: AbortSignal,
    onWait: () => void,
    work: (release: () => void) => Promise<T>,
  ): Promise<T> {
    if (this.#active >= this.#limit) {
      onWait();
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else this.#active++;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      const next = this.#queue.shift();
      // The place is handed on, so that nobody comes in between.
      if (next) next();
      else this.#active--;
    };
    try {
      signal.throwIfAborted();
      return await work(release);
    } finally {
      release();
    }
  }
}
