import type { Container } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import { formatTime, now } from './clock.ts';
import { runHidden } from './exec.ts';
import type { HealthProbe, HealthState } from './model.ts';

const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 3;
const KEPT_PROBES = 5;
const OUTPUT_LIMIT_BYTES = 4096;

/** Runs the container's health check at its interval until the run ends. */
export function startHealthChecks(context: Context, container: Container): void {
  const { record, run } = container;
  const check = record.config.Healthcheck;
  const command = commandOf(check?.Test ?? [], record.config.Shell ?? ['/bin/sh', '-c']);
  if (!check || !command || !run) return;
  const health: HealthState = { status: 'starting', failingStreak: 0, log: [] };
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
    const result = await probeOnce(context, container, command, millis(check.Timeout, DEFAULT_TIMEOUT_MS));
    if (container.run !== run) return;
    const starting = Date.now() - startedMs < millis(check.StartPeriod, 0);
    judge(context, container, health, result, {
      retries: check.Retries === undefined || check.Retries === 0 ? DEFAULT_RETRIES : check.Retries,
      starting,
    });
    next();
  };
  next();
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
  const timedOut = `Health check exceeded timeout (${timeoutMs / 1000}s)`;
  return {
    Start: start,
    End: formatTime(now()),
    ExitCode: result.timedOut ? -1 : result.exitCode,
    Output: result.timedOut ? timedOut : result.output,
  };
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
