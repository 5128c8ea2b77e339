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
  #store: Store<object> | null = null;
  #stop: (() => void) | null = null;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** Watches this store instead of the one before. */
  follow(store: Store<object>): void {
    this.#store = store;
    this.hostConnected();
  }

  hostConnected(): void {
    this.#stop?.();
    this.#stop = this.#store?.listen(() => this.#host.requestUpdate()) ?? null;
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = null;
  }
}
