import type { Caller } from '../../sandbox/registry/server/access.ts';
import type { PushEvent } from '../../sandbox/registry/server/events.ts';
import { namespaceOf } from '../../sandbox/registry/store/names.ts';
import type { HubPush, HubPushPart } from './protocol.ts';

/** How long a push without a sign of life is shown, in milliseconds; a layer may take a while to be compressed. */
const QUIET_MS = 60_000;
/** How long one that is over is shown. */
const DONE_MS = 15_000;
const PUSHES_MAX = 200;
const PARTS_MAX = 200;
/** How often those who watch are told, in milliseconds. */
const TELL_EVERY_MS = 200;

export interface PushesOptions {
  /** There is something new about the pushes to a repository. */
  readonly pushing: (repository: string) => void;
  /** What is in a repository has changed. */
  readonly changed: (repository: string) => void;
}

interface Push {
  readonly id: string;
  readonly repository: string;
  readonly by: string;
  tag: string | null;
  done: boolean;
  readonly parts: Map<string, HubPushPart>;
  timer: NodeJS.Timeout;
}

/** The pushes under way, put together from what the registry sees: one a repository. */
export class Pushes {
  readonly #options: PushesOptions;
  readonly #pushes = new Map<string, Push>();
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(options: PushesOptions) {
    this.#options = options;
  }

  list(repository: string | null): HubPush[] {
    const all = [...this.#pushes.values()];
    const wanted = repository === null ? all : all.filter((each) => each.repository === repository);
    return wanted.map(({ id, repository: name, by, tag, done, parts }) => ({
      id,
      repository: name,
      by,
      tag,
      state: done ? 'done' : 'running',
      parts: [...parts.values()],
    }));
  }

  observe(repository: string, event: PushEvent, { account }: Caller): void {
    if (event.type === 'deleted') {
      this.#options.changed(repository);
      return;
    }
    // Others look at blobs too; only owners push.
    if (account === undefined || namespaceOf(repository) !== account) return;
    const push = this.#open(repository, account);
    if (!push) return;
    if (event.type === 'manifest-pushed') this.#finish(push, event.tags[0] ?? null);
    else this.#note(push, event);
    this.#tell(repository);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const { timer } of this.#pushes.values()) clearTimeout(timer);
    this.#pushes.clear();
  }

  #note(push: Push, event: Exclude<PushEvent, { type: 'manifest-pushed' | 'deleted' }>): void {
    this.#expire(push, QUIET_MS);
    const set = (id: string, part: Omit<HubPushPart, 'id'>) => {
      if (push.parts.has(id) || push.parts.size < PARTS_MAX) push.parts.set(id, { id, ...part });
    };
    switch (event.type) {
      case 'blob-known':
        // What was sent in this very push is asked for once more before the manifest.
        if (![...push.parts.values()].some(({ digest }) => digest === event.digest))
          set(event.digest, { digest: event.digest, state: 'there', size: event.size });
        break;
      case 'blob-mounted':
        set(event.digest, { digest: event.digest, state: 'mounted', size: event.size });
        break;
      case 'upload-started':
        set(event.upload, { digest: null, state: 'sending', size: 0 });
        break;
      case 'upload-progress':
        set(event.upload, { digest: null, state: 'sending', size: event.received });
        break;
      case 'upload-finished':
        set(event.upload, { digest: event.digest, state: 'sent', size: event.size });
        break;
      case 'upload-failed':
        set(event.upload, { digest: null, state: 'failed', size: 0 });
        break;
    }
  }

  #finish(push: Push, tag: string | null): void {
    push.done = true;
    push.tag = tag;
    this.#expire(push, DONE_MS);
    this.#options.changed(push.repository);
  }

  #open(repository: string, by: string): Push | undefined {
    const found = this.#pushes.get(repository);
    if (found && !found.done) return found;
    if (found) clearTimeout(found.timer);
    if (!found && this.#pushes.size >= PUSHES_MAX) return undefined;
    this.#count += 1;
    const push: Push = {
      id: String(this.#count),
      repository,
      by,
      tag: null,
      done: false,
      parts: new Map(),
      timer: setTimeout(() => undefined, 0),
    };
    this.#pushes.set(repository, push);
    return push;
  }

  #expire(push: Push, ms: number): void {
    clearTimeout(push.timer);
    push.timer = setTimeout(() => {
      if (this.#pushes.get(push.repository) !== push) return;
      this.#pushes.delete(push.repository);
      this.#tell(push.repository);
    }, ms);
    push.timer.unref();
  }

  /** Soon, together with what happens until then. */
  #tell(repository: string): void {
    this.#waiting.add(repository);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const each of this.#waiting) this.#options.pushing(each);
      this.#waiting.clear();
    }, TELL_EVERY_MS);
    this.#timer.unref();
  }
}
