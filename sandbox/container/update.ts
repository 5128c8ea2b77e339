import { EngineError } from '../oci/errors.ts';
import type { Container } from './container.ts';
import { emitContainer, machineOf, type Context } from './context.ts';
import { restartPolicyMistake } from './create-checks.ts';
import { limitsOf } from './limits.ts';
import type { HostConfig } from './model.ts';
import { keepToProcessors } from './processors.ts';
import { checkResources } from './resources.ts';

/** What `docker update` can change. A client sends all of it; zero and the empty string stand for what stays. */
export const UPDATABLE = [
  'Memory', 'MemorySwap', 'MemoryReservation', 'KernelMemory', 'NanoCpus', 'CpuShares', 'CpuPeriod', 'CpuQuota',
  'CpuRealtimePeriod', 'CpuRealtimeRuntime', 'CpusetCpus', 'CpusetMems', 'BlkioWeight', 'PidsLimit', 'RestartPolicy',
] as const; // prettier-ignore

/** `docker update`: at once for what runs, else with the next start. Returns warnings. */
export async function updateContainer(
  context: Context,
  container: Container,
  body: Partial<HostConfig>,
): Promise<string[]> {
  const { record } = container;
  const machine = machineOf(context);
  const mistake = body.RestartPolicy && restartPolicyMistake(body.RestartPolicy);
  if (mistake !== undefined) throw new EngineError('invalid', mistake);
  const { warnings, without } = checkResources(body, machine, { update: true });
  const changes = given({ ...body, ...without });
  const conflict = conflictOf(changes, record.hostConfig);
  if (conflict !== undefined) throw cannotUpdate(container, 'conflict', conflict);
  const before = { ...record.hostConfig };
  setHostConfig(container, changes);
  try {
    await apply(container, changes);
  } catch (error) {
    setHostConfig(container, before);
    const reason = `runc did not terminate successfully: exit status 1: ${(error as Error).message}\n: unknown`;
    throw cannotUpdate(container, 'internal', reason);
  }
  await context.registry.save(container);
  emitContainer(context, container, 'update');
  return warnings;
}

async function apply({ record, run }: Container, changes: Partial<HostConfig>): Promise<void> {
  if (run === undefined) return;
  const { CpusetCpus } = changes;
  const limited = Object.keys(changes).some((name) => name !== 'RestartPolicy' && name !== 'CpusetCpus');
  if (limited) await run.cgroup?.limit(limitsOf(record.hostConfig));
  if (CpusetCpus !== undefined) await keepToProcessors(CpusetCpus, run);
}

/** Zero processes is a wish, too: as many as the session may have. */
function given(body: Partial<HostConfig>): Partial<HostConfig> {
  const wanted = UPDATABLE.filter((name) => {
    if (name === 'RestartPolicy') return (body.RestartPolicy?.Name ?? '') !== '';
    const value = body[name];
    if (name === 'PidsLimit') return typeof value === 'number';
    return value !== undefined && value !== null && value !== 0 && value !== '';
  });
  const changes = Object.fromEntries(wanted.map((name) => [name, body[name]])) as Partial<HostConfig>;
  return (changes.PidsLimit ?? 1) <= 0 ? { ...changes, PidsLimit: 0 } : changes;
}

function conflictOf(wish: Partial<HostConfig>, host: HostConfig): string | undefined {
  const { Memory = 0, MemorySwap = 0, NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, RestartPolicy } = wish;
  const found: [boolean, string][] = [
    [NanoCpus > 0 && host.CpuPeriod > 0, 'Nano CPUs cannot be updated as CPU Period has already been set'],
    [NanoCpus > 0 && host.CpuQuota > 0, 'Nano CPUs cannot be updated as CPU Quota has already been set'],
    [CpuPeriod > 0 && host.NanoCpus > 0, 'CPU Period cannot be updated as NanoCPUs has already been set'],
    [CpuQuota > 0 && host.NanoCpus > 0, 'CPU Quota cannot be updated as NanoCPUs has already been set'],
  ];
  const first = found.find(([holds]) => holds)?.[1];
  if (first !== undefined) return `Conflicting options: ${first}`;
  if (Memory !== 0 && Memory > host.MemorySwap && MemorySwap === 0)
    return 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time';
  return host.AutoRemove && RestartPolicy !== undefined && RestartPolicy.Name !== 'no'
    ? 'Restart policy cannot be updated because AutoRemove is enabled for the container'
    : undefined;
}

function cannotUpdate({ id }: Container, kind: 'conflict' | 'internal', reason: string): EngineError {
  return new EngineError(kind, `Cannot update container ${id}: ${reason}`);
}

/** Everything else of a record's configuration is fixed when it is created. */
function setHostConfig({ record }: Container, changes: Partial<HostConfig>): void {
  Object.assign(record.hostConfig, changes);
}
