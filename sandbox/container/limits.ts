import type { ContainerLimits } from './cgroups.ts';
import type { HostConfig } from './model.ts';

const PERIOD_US = 100_000;

/** Whether the container has any limit of its own. */
export function hasLimits(host: HostConfig): boolean {
  const { Memory, MemoryReservation, MemorySwappiness, PidsLimit, NanoCpus, CpuPeriod, CpuQuota, CpuShares } =
    host;
  const numbers = [Memory, MemoryReservation, NanoCpus, CpuPeriod, CpuQuota, CpuShares, PidsLimit ?? 0];
  return numbers.some((value) => value !== 0) || typeof MemorySwappiness === 'number';
}

export function limitsOf(host: HostConfig): ContainerLimits {
  const { Memory, MemorySwap, MemoryReservation, PidsLimit, NanoCpus, CpuPeriod, CpuQuota, CpuShares } = host;
  const byNanos = NanoCpus > 0;
  return {
    memoryBytes: Memory,
    memorySwapBytes: MemorySwap,
    memoryReservationBytes: MemoryReservation,
    memorySwappiness: host.MemorySwappiness ?? null,
    processes: PidsLimit,
    cpuQuotaUs: byNanos ? Math.round((NanoCpus / 1e9) * PERIOD_US) : CpuQuota,
    cpuPeriodUs: byNanos ? PERIOD_US : CpuPeriod,
    cpuShares: CpuShares,
  };
}
