import type { EndedBuild } from '../../server/protocol.ts';
import type { SessionPart } from '../session.ts';
import type { SessionSocket } from '../socket.ts';

/** Why the last build of a Dockerfile failed, and at which of its lines, counted from one. */
export type BuildProblem = NonNullable<EndedBuild['problem']>;

/** A Dockerfile that is open: a build is one of it when it had the same text. */
export interface OpenDockerfile {
  readonly path: string;
  readonly text: () => string;
}

/** Builds that are remembered for files to be opened. */
const BUILDS_MAX = 8;

/** What the last builds say of the Dockerfiles that are open. `changed` is called with the path of a file and what there is now. */
export class BuildProblems implements SessionPart {
  readonly #changed: (path: string, problem: BuildProblem | null) => void;
  readonly #files = new Map<string, OpenDockerfile>();
  readonly #problems = new Map<string, BuildProblem>();
  #builds: readonly EndedBuild[] = [];
  #socket: SessionSocket | null = null;

  constructor(changed: (path: string, problem: BuildProblem | null) => void) {
    this.#changed = changed;
  }

  begin(socket: SessionSocket): () => void {
    this.#socket = socket;
    const stop = socket.listen('build', (build) => this.#heard(build));
    if (this.#files.size > 0) socket.tell('builds:follow', null);
    return () => {
      stop();
      this.#socket = null;
    };
  }

  /** Of a file that is open; undefined when nothing is known against it. */
  of(path: string): BuildProblem | undefined {
    return this.#problems.get(path);
  }

  opened(file: OpenDockerfile): void {
    if (this.#files.size === 0) this.#socket?.tell('builds:follow', null);
    this.#files.set(file.path, file);
    const last = this.#builds.findLast(({ dockerfile }) => dockerfile === file.text());
    if (last) this.#judge(file, last);
  }

  closed(path: string): void {
    this.#files.delete(path);
    this.#problems.delete(path);
  }

  #heard(build: EndedBuild): void {
    // After a lost connection the last ones are told again.
    if (this.#builds.some(({ id }) => id === build.id)) return;
    this.#builds = [...this.#builds, build].slice(-BUILDS_MAX);
    for (const file of this.#files.values()) if (file.text() === build.dockerfile) this.#judge(file, build);
  }

  #judge({ path }: OpenDockerfile, { problem }: EndedBuild): void {
    if (problem && problem.line > 0) this.#problems.set(path, problem);
    else this.#problems.delete(path);
    this.#changed(path, this.#problems.get(path) ?? null);
  }
}
