import { setTimeout as sleep } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import { EngineRefused, type EngineClient } from '../engine/client.ts';
import { TerminalInfos } from '../engine/schemas.ts';

const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 2000;

/** Bytes of input that may wait for a program that does not read; what comes on top is refused. */
const INPUT_WAITING_MAX = 1024 * 1024;

export interface FeedListener {
  /** Output; `replayed` for what had been printed before the feed was first opened. */
  bytes(chunk: Buffer, replayed: boolean): void;
  /** All that had been printed before has been told. */
  replayed(): void;
  /** Output was lost between the last chunk and the next: the engine no longer held it. */
  gap(): void;
  /** The shell has ended; nothing follows. */
  ended(): void;
}

/** The byte stream of one terminal of the engine, both ways, through lost connections. */
export class TerminalFeed {
  readonly #engine: EngineClient;
  readonly #id: string;
  readonly #listener: FeedListener;
  readonly #closed = new AbortController();
  #socket: Duplex | undefined;
  #held = false;
  #received = 0;
  readonly #replayEnd: number;
  #waiting: string[] = [];
  #keepers = 0;

  /** `printed` is how many bytes the terminal had printed so far. */
  constructor(engine: EngineClient, terminal: { id: string; printed: number }, listener: FeedListener) {
    this.#engine = engine;
    this.#id = terminal.id;
    this.#replayEnd = terminal.printed;
    this.#listener = listener;
    void this.#run();
  }

  /** Returns false, and takes nothing, when too much waits already. */
  write(data: string): boolean {
    const unsent = this.#waiting.reduce((sum, text) => sum + text.length, 0);
    if (unsent + (this.#socket?.writableLength ?? 0) + data.length > INPUT_WAITING_MAX) return false;
    this.#waiting.push(data);
    this.#flush();
    return true;
  }

  /** Keeps input back until `done`, so that it is not ahead of what has to come first. */
  async keepInput(done: Promise<void>): Promise<void> {
    this.#keepers += 1;
    await done;
    this.#keepers -= 1;
    this.#flush();
  }

  /** While held, nothing is read: the kernel's back-pressure stops the program. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#socket?.pause();
    else this.#socket?.resume();
  }

  close(): void {
    this.#closed.abort();
    this.#socket?.destroy();
  }

  async #run(): Promise<void> {
    let delayMs = RETRY_FIRST_MS;
    while (!this.#closed.signal.aborted) {
      const before = this.#received;
      try {
        await this.#connect();
      } catch (error) {
        if (error instanceof EngineRefused && error.status === 404) {
          this.#end();
          return;
        }
      }
      if (await this.#hasEnded()) {
        this.#end();
        return;
      }
      delayMs = this.#received > before ? RETRY_FIRST_MS : Math.min(delayMs * 2, RETRY_LAST_MS);
      await sleep(delayMs, undefined, { signal: this.#closed.signal }).catch(() => undefined);
    }
  }

  #end(): void {
    if (!this.#closed.signal.aborted) this.#listener.ended();
  }

  #flush(): void {
    if (!this.#socket || this.#keepers > 0) return;
    for (const text of this.#waiting.splice(0)) this.#socket.write(text);
  }

  /** Resolves when the connection has ended. */
  async #connect(): Promise<void> {
    const path = `/slipway/terminals/${this.#id}/attach?from=${this.#received}`;
    const { socket, head, headers } = await this.#engine.upgrade(path, { signal: this.#closed.signal });
    this.#skipTo(Number(headers['slipway-offset']));
    this.#socket = socket;
    this.#flush();
    this.#take(head);
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => this.#take(chunk));
      if (this.#held) socket.pause();
      socket.on('error', () => undefined);
      socket.on('end', () => socket.end());
      socket.on('close', resolve);
      if (socket.destroyed) resolve();
    });
    this.#socket = undefined;
  }

  #skipTo(offset: number): void {
    if (!Number.isSafeInteger(offset) || offset <= this.#received) return;
    // The first connection of a server that has just started may find the beginning gone: that is no gap on a screen
    // that shows nothing yet.
    if (this.#received > 0) this.#listener.gap();
    this.#received = offset;
  }

  #take(chunk: Buffer): void {
    const replayed = Math.max(0, Math.min(this.#replayEnd - this.#received, chunk.length));
    this.#received += chunk.length;
    if (replayed > 0) this.#listener.bytes(chunk.subarray(0, replayed), true);
    if (this.#received >= this.#replayEnd) this.#listener.replayed();
    if (replayed < chunk.length) this.#listener.bytes(chunk.subarray(replayed), false);
  }

  async #hasEnded(): Promise<boolean> {
    try {
      const all = await this.#engine.get('/slipway/terminals', TerminalInfos, {
        signal: this.#closed.signal,
      });
      const own = all.find(({ id }) => id === this.#id);
      return own === undefined || own.exitCode !== undefined;
    } catch {
      // Not reachable: whoever watches the session closes the feed, or the engine comes back.
      return false;
    }
  }
}
