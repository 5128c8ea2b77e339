import type { Container } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import { formatTime, now } from './clock.ts';
import { runHidden, type HiddenResult } from './exec.ts';
import type { HealthProbe, HealthState } from './model.ts';

const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 3;
const KEPT_PROBES = 5;
const OUTPUT_LIMIT_BYTES = 4096;

/** What Docker keeps for a probe that could not be started or took too long. */
const NO_EXIT_CODE = -1;

/** Runs the container's health check at its interval until the run ends. */
export function startHealthChecks(context: Context, container: Container): void {
  const { record, run } = container;
  const check = record.config.Healthcheck;
  const command = commandOf(check?.Test ?? [], record.config.Shell ?? ['/bin/sh', '-c']);
  if (!check || !command || !run) return;
  // What earlier runs left in the log stays.
  const health: HealthState = { status: 'starting', failingStreak: 0, log: record.state.health?.log ?? [] };
  record.state.health = health;
  const startedMs = Date.now();
  const intervalMs = millis(check.Interval, DEFAULT_INTERVAL_MS);
  const next = () => {
    const timer = setTimeout(() => void probe(), intervalMs);
    timer.unref();
    void run.over.then(() => clearTimeout(timer));
  };
  const probe = async () => {
    if (container.run !== run) return;
    const isRunning = () => record.state.status === 'running';
    // Nothing is asked of a paused one, and what it was asked before says nothing.
    const result = isRunning()
      ? await probeOnce(context, container, command, millis(check.Timeout, DEFAULT_TIMEOUT_MS))
      : undefined;
    if (container.run !== run) return;
    if (result !== undefined && isRunning()) {
      judge(context, container, health, result, {
        retries: check.Retries === undefined || check.Retries === 0 ? DEFAULT_RETRIES : check.Retries,
        starting: Date.now() - startedMs < millis(check.StartPeriod, 0),
      });
    }
    next();
  };
  next();
}

/** Of a container that is paused or has ended: as nobody looks after it, dockerd calls it unhealthy. */
export function endHealthChecks({ record }: Container): void {
  if (record.state.health) record.state.health.status = 'unhealthy';
}

/** `NONE`, `CMD …`, `CMD-SHELL …`; undefined when there is nothing to run. */
function commandOf(test: readonly string[], shell: readonly string[]): readonly string[] | undefined {
  const [kind, ...rest] = test;
  if (kind === 'CMD' && rest.length > 0) return rest;
  return kind === 'CMD-SHELL' && rest.length > 0 ? [...shell, rest.join(' ')] : undefined;
}

async function probeOnce(
  context: Context,
  container: Container,
  command: readonly string[],
  timeoutMs: number,
): Promise<HealthProbe> {
  const start = formatTime(now());
  const result = await runHidden(context, container, command, {
    timeoutMs,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
  });
  return { Start: start, End: formatTime(now()), ...outcomeOf(result, timeoutMs) };
}

function outcomeOf(
  { exitCode, output, cutShort, failure }: HiddenResult,
  timeoutMs: number,
): Pick<HealthProbe, 'ExitCode' | 'Output'> {
  if (failure === 'late')
    return { ExitCode: NO_EXIT_CODE, Output: `Health check exceeded timeout (${goDuration(timeoutMs)})` };
  if (failure === 'not-started') return { ExitCode: NO_EXIT_CODE, Output: output };
  return { ExitCode: exitCode, Output: cutShort ? `${output}...` : output };
}

/** As Go prints a duration: `300ms`, `1.5s`, `2m0s`. */
function goDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    (ms / 1000) % 60,
  ];
  const above = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${above}${seconds}s`;
}

interface Rules {
  readonly retries: number;
  /** Failures do not count yet. */
  readonly starting: boolean;
}

function judge(
  context: Context,
  container: Container,
  health: HealthState,
  probe: HealthProbe,
  rules: Rules,
): void {
  const before = health.status;
  health.log = [...health.log, probe].slice(-KEPT_PROBES);
  if (probe.ExitCode === 0) {
    health.failingStreak = 0;
    health.status = 'healthy';
  } else if (!(rules.starting && before === 'starting')) {
    health.failingStreak++;
    if (health.failingStreak >= rules.retries) health.status = 'unhealthy';
  }
  if (health.status !== before) emitContainer(context, container, `health_status: ${health.status}`);
}

function millis(nanos: number | undefined, otherwise: number): number {
  return nanos ? nanos / 1_000_000 : otherwise;
}
