import { EngineError } from '../oci/errors.ts';
import type { FinishedStage } from './stage.ts';

/** By its number or name; undefined for what is no stage's. Throws for the number of one that is not finished. */
export function stageNamed(stages: readonly FinishedStage[], name: string): FinishedStage | undefined {
  if (/^[+-]?\d+$/.test(name)) {
    const index = Number(name);
    if (index === stages.length) throw new EngineError('internal', 'refers to current build stage');
    if (index < 0 || index > stages.length) throw new EngineError('internal', 'index out of bounds');
    return stages[index];
  }
  return stageByName(stages, name);
}

export function stageByName(stages: readonly FinishedStage[], name: string): FinishedStage | undefined {
  return stages.find((stage) => stage.name === name.toLowerCase());
}
