import type { Progress } from '../progress.ts';

/** What every set-up step gets. */
export interface SetupContext {
  /** The project's folder: a clone of its repository. */
  readonly project: string;
  /** The data folder; docs/architecture.md says what lies where. */
  readonly data: string;
  /** A file for all that the commands of the set-up print. */
  readonly log: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Where Debian's packages come from when the host's own apt does not know; else undefined. */
  readonly mirror?: string | undefined;
}

/** One part of the set-up. Running it twice, or after it was killed half-way, is harmless. */
export interface Step {
  readonly title: string;
  isDone(): Promise<boolean>;
  run(task: { detail(text: string): void }): Promise<void>;
}

export async function ensure(context: SetupContext, step: Step): Promise<void> {
  if (await step.isDone()) return;
  await context.progress.task(step.title, (task) => step.run(task));
}
