import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A thing to measure with each engine; only `script` is in the time. All are texts for bash, which find `$WORK` and `$INPUT`. */
export interface Measurement {
  readonly title: string;
  readonly repetitions: number;
  /**
   * With whom to compare: dockerd (unless given), dockerd's legacy builder and BuildKit, or a machine of our own in
   * which `prepare` was not run.
   */
  readonly against?: 'dockerd' | 'builders' | 'itself';
  /** Makes what is the same for all in `$INPUT`, once. */
  readonly input?: (input: Input) => Promise<void>;
  /** Run once for each engine, before the first repetition; in its own folder `$WORK`. */
  readonly prepare?: string;
  /** Run before each repetition. */
  readonly before?: string;
  readonly script: string;
  /** Run after each repetition. */
  readonly after?: string;
  /** Run once for each engine, after all. */
  readonly finish?: string;
}

export interface Input {
  readonly folder: string;
  /** Runs a script with one of the engines, dockerd if it is there. */
  readonly shell: (script: string) => Promise<void>;
}

export interface Target {
  readonly name: string;
  readonly dockerHost: string;
  /** Folder of the Docker CLI. */
  readonly cli: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `prepare` is not for it. */
  readonly bare?: true;
}

/** The middle of a target's times in milliseconds, or why there is none. */
export type Outcome = number | Error;

/** One outcome for each target. The targets take turns: a busy moment hits all. */
export async function measure(
  measurement: Measurement,
  targets: readonly Target[],
  folder: string,
): Promise<Outcome[]> {
  const input = path.join(folder, 'input');
  await mkdir(input, { recursive: true });
  const runs = targets.map((target) => new Runs(target, { input, work: path.join(folder, target.name) }));
  try {
    await measurement.input?.({ folder: input, shell: async (script) => runs.at(-1)?.shell(script) });
    for (const each of runs) await each.prepare(measurement);
    for (let round = 0; round < measurement.repetitions; round++)
      for (const each of runs) await each.once(measurement);
    return runs.map((each) => each.outcome);
  } finally {
    for (const each of runs) await each.clean(measurement);
    await rm(folder, { recursive: true, force: true });
  }
}

const CLEAN = `docker ps -aq | xargs -r docker rm -f
docker images -q bench | sort -u | xargs -r docker rmi -f
docker image prune -f
docker builder prune -af`;

class Runs {
  readonly #target: Target;
  readonly #folders: { readonly input: string; readonly work: string };
  readonly #times: number[] = [];
  #failure: Error | undefined;

  constructor(target: Target, folders: { readonly input: string; readonly work: string }) {
    this.#target = target;
    this.#folders = folders;
  }

  get outcome(): Outcome {
    return this.#failure ?? median(this.#times);
  }

  async prepare({ prepare }: Measurement): Promise<void> {
    await mkdir(this.#folders.work, { recursive: true });
    await this.#unlessFailed(async () => {
      if (prepare !== undefined && !this.#target.bare) await this.shell(prepare);
    });
  }

  async once({ before, script, after }: Measurement): Promise<void> {
    await this.#unlessFailed(async () => {
      if (before !== undefined) await this.shell(before);
      const started = performance.now();
      await this.shell(script);
      this.#times.push(performance.now() - started);
      if (after !== undefined) await this.shell(after);
    });
  }

  async clean({ finish = '' }: Measurement): Promise<void> {
    // What a failed case left may be in the way of the next one, but its failure is told already.
    await this.shell(finish).catch(() => undefined);
    await this.shell(CLEAN).catch(() => undefined);
  }

  async shell(script: string): Promise<void> {
    const { cli, dockerHost, env } = this.#target;
    await run('/bin/bash', ['-ec', script], {
      env: {
        PATH: `${cli}:/usr/bin:/bin`,
        DOCKER_HOST: dockerHost,
        HOME: this.#folders.work,
        WORK: this.#folders.work,
        INPUT: this.#folders.input,
        ...env,
      },
    });
  }

  async #unlessFailed(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await work();
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }
}

export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}
