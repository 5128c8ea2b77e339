import { EngineError } from '../oci/errors.ts';
import { timeOf } from './clock.ts';
import type { ContainerRecord } from './model.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 60_000;
/** A run of this length makes the engine forget earlier failures. */
const HEALTHY_RUN_MS = 10_000;

/** Whether the policy wants the container back after the end of a run, and after which pause; undefined for no. */
export function nextRestartMs(record: ContainerRecord): number | undefined {
  if (record.stoppedByUser || !wantsRestart(record)) return undefined;
  const ranMs = Number((timeOf(record.state.finishedAt) - timeOf(record.state.startedAt)) / 1_000_000n);
  if (ranMs >= HEALTHY_RUN_MS) return FIRST_DELAY_MS;
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(record.restartCount, 20), MAX_DELAY_MS);
}

/** For containers that the engine's own end had ended. */
export function restartsWithEngine(record: ContainerRecord): boolean {
  const { Name } = record.hostConfig.RestartPolicy;
  return (
    Name === 'always' ||
    (Name === 'unless-stopped' && !record.stoppedByUser) ||
    (Name === 'on-failure' && wantsRestart(record))
  );
}

/** Between two runs there is nothing to work on, and soon there is. */
export function refuseRestarting(record: ContainerRecord): void {
  if (record.state.status !== 'restarting') return;
  throw new EngineError(
    'conflict',
    `Container ${record.id} is restarting, wait until the container is running`,
  );
}

function wantsRestart(record: ContainerRecord): boolean {
  const { Name, MaximumRetryCount } = record.hostConfig.RestartPolicy;
  if (Name === 'always' || Name === 'unless-stopped') return true;
  if (Name !== 'on-failure' || record.state.exitCode === 0) return false;
  return MaximumRetryCount === 0 || record.restartCount < MaximumRetryCount;
}
