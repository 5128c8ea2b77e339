import type { ArgInstruction, Dockerfile, LabelInstruction, Stage } from '../dockerfile/model.ts';
import { EngineError } from '../oci/errors.ts';

/** The stages of a Dockerfile that are to be built, in order, and how many steps that makes. */
export interface Plan {
  readonly metaArgs: readonly ArgInstruction[];
  readonly stages: readonly PlannedStage[];
  readonly total: number;
}

export interface PlannedStage extends Stage {
  /** Steps after those of the file; no variables are put into them. */
  readonly added: readonly LabelInstruction[];
}

export interface PlanOptions {
  /** Name or number of the last stage to build; empty for all. */
  readonly target: string;
  /** Put on the last stage by steps of their own. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The classic builder's order: every stage up to the target, whether it is needed or not. */
export function planOf({ metaArgs, stages }: Dockerfile, options: PlanOptions): Plan {
  const wanted = options.target === '' ? stages : stages.slice(0, indexOf(stages, options.target) + 1);
  const planned = wanted.map((stage, i) => ({
    ...stage,
    added: i === wanted.length - 1 ? labelSteps(options.labels) : [],
  }));
  const total = planned.reduce(
    (sum, { instructions, added }) => sum + 1 + instructions.length + added.length,
    metaArgs.length,
  );
  return { metaArgs, stages: planned, total };
}

function indexOf(stages: readonly Stage[], target: string): number {
  // By name alone, and of two with one name the later.
  const named = stages.findLastIndex(({ name }) => name === target.toLowerCase());
  if (named !== -1) return named;
  throw new EngineError('invalid', `failed to reach build target ${target} in Dockerfile`);
}

function labelSteps(labels: Readonly<Record<string, string>>): LabelInstruction[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({
      kind: 'label',
      pairs: [{ key, value }],
      original: `LABEL ${key}=${value}`,
      lines: { start: 0, end: 0 },
    }));
}
