import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** A value that is replaced, never changed, and those who want to know. */
export class Store<T extends object> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  update(part: Partial<T>): void {
    this.#value = { ...this.#value, ...part };
    for (const listener of [...this.#listeners]) listener();
  }

  /** Returns the way to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Renders its host anew whenever the watched store changes. */
export class Watch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #store: () => Store<object>;
  #stop: (() => void) | null = null;

  constructor(host: ReactiveControllerHost, store: () => Store<object>) {
    this.#host = host;
    this.#store = store;
    host.addController(this);
  }

  hostConnected(): void {
    this.#stop = this.#store().listen(() => this.#host.requestUpdate());
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = null;
  }
}
