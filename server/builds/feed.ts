import * as z from 'zod';
import type { EngineClient } from '../engine/client.ts';
import { followActivity } from '../map/follow.ts';
import type { EndedBuild } from './protocol.ts';

/** Builds that are kept for pages to come. */
const BUILDS_MAX = 8;
const DOCKERFILE_MAX = 32 * 1024;
const LINE_MAX = 1_000_000;
/** Between two tellings: an engine that makes builds up all the time is told at this pace, the last ones of them. */
const REST_MS = 500;

/** What an engine tells of a build that has ended. */
const Ended = z.object({
  build: z.object({
    id: z.string().max(64),
    state: z.enum(['done', 'failed']),
    error: z.string().max(300),
    line: z.int().min(0).max(LINE_MAX),
    dockerfile: z.string().min(1).max(DOCKERFILE_MAX),
  }),
});

/** The builds of one machine that have ended, as long as somebody follows them. */
export class BuildFeed {
  readonly #engine: EngineClient;
  readonly #listeners = new Set<(build: EndedBuild) => void>();
  readonly #builds = new Map<string, EndedBuild>();
  readonly #untold = new Map<string, EndedBuild>();
  #resting: NodeJS.Timeout | undefined;
  #following: AbortController | undefined;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** Tells `listener` the last builds, and those to come. */
  follow(listener: (build: EndedBuild) => void): void {
    if (this.#listeners.has(listener)) return;
    this.#listeners.add(listener);
    for (const build of this.#builds.values()) if (!this.#untold.has(build.id)) listener(build);
    if (this.#following) return;
    this.#following = new AbortController();
    const heard = ({ build }: z.infer<typeof Ended>) => this.#heard(build);
    void followActivity(this.#engine, { schema: Ended, heard }, this.#following.signal);
  }

  leave(listener: (build: EndedBuild) => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#stop();
  }

  close(): void {
    this.#listeners.clear();
    this.#stop();
  }

  #heard({ id, state, error, line, dockerfile }: z.infer<typeof Ended>['build']): void {
    // An engine tells a build again when it knows more of it, and all of them after a lost connection.
    if (this.#builds.has(id)) return;
    const problem = state === 'failed' ? { problem: { line, message: error } } : {};
    const build: EndedBuild = { id, dockerfile, ...problem };
    put(this.#builds, build);
    put(this.#untold, build);
    if (!this.#resting) this.#tell();
  }

  #tell(): void {
    this.#resting = undefined;
    if (this.#untold.size === 0) return;
    for (const build of this.#untold.values()) for (const listener of this.#listeners) listener(build);
    this.#untold.clear();
    this.#resting = setTimeout(() => this.#tell(), REST_MS);
  }

  #stop(): void {
    this.#following?.abort();
    this.#following = undefined;
    this.#untold.clear();
    clearTimeout(this.#resting);
    this.#resting = undefined;
  }
}

/** The oldest go. */
function put(builds: Map<string, EndedBuild>, build: EndedBuild): void {
  builds.set(build.id, build);
  for (const oldest of builds.keys()) {
    if (builds.size <= BUILDS_MAX) return;
    builds.delete(oldest);
  }
}
