import type { ContainerLimits } from './cgroups.ts';
import type { HostConfig } from './model.ts';

const PERIOD_US = 100_000;

/** Undefined when the container has no limits of its own: there is nothing to write then. */
export function limitsOf(host: HostConfig): ContainerLimits | undefined {
  const { Memory, MemorySwap, MemoryReservation, PidsLimit, NanoCpus, CpuPeriod, CpuQuota, CpuShares } = host;
  const any = [Memory, MemoryReservation, PidsLimit ?? 0, NanoCpus, CpuQuota, CpuShares].some(
    (value) => value > 0,
  );
  if (!any) return undefined;
  const byNanos = NanoCpus > 0;
  return {
    memoryBytes: Memory,
    memorySwapBytes: MemorySwap,
    memoryReservationBytes: MemoryReservation,
    processes: PidsLimit,
    cpuQuotaUs: byNanos ? Math.round((NanoCpus / 1e9) * PERIOD_US) : CpuQuota,
    cpuPeriodUs: byNanos ? PERIOD_US : CpuPeriod,
    cpuShares: CpuShares,
  };
}
