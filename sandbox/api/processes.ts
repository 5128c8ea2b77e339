import { setTimeout as sleep } from 'node:timers/promises';

import { flag } from './query.ts';
import { sendJson } from './respond.ts';
import type { Call, Route } from './router.ts';

/** One measurement of a container, in the API's own words. */
export interface StatsSample {
  readonly read: string;
  readonly pids_stats: object;
  readonly cpu_stats: object;
  readonly memory_stats: object;
  readonly networks?: object;
}

export interface ProcessBackend {
  /** Throws `conflict` when the container does not run. */
  top(container: string, psArguments: string): Promise<object>;
  identify(container: string): { readonly id: string; readonly name: string };
  /** Undefined when the container does not run. */
  sample(container: string): Promise<StatsSample | undefined>;
}

export const processRoutes = (processes: ProcessBackend): Route[] => [
  { method: 'GET', path: '/containers/:id*/top', handle: top(processes) },
  { method: 'GET', path: '/containers/:id*/stats', handle: stats(processes) },
];

/** dockerd measures once a second. */
const INTERVAL_MS = 1000;
const DEFAULT_PS_ARGUMENTS = '-ef';

const top = (processes: ProcessBackend) => async (call: Call) => {
  const asked = call.query.get('ps_args') ?? '';
  const table = await processes.top(call.params.id ?? '', asked === '' ? DEFAULT_PS_ARGUMENTS : asked);
  sendJson(call.response, 200, table);
};

const stats = (processes: ProcessBackend) => async (call: Call) => {
  const { id, name } = processes.identify(call.params.id ?? '');
  const streams = flag(call.query, 'stream', true);
  const format = (sample: StatsSample | undefined, before: StatsSample | undefined) => ({
    ...describe(sample, before),
    name: `/${name}`,
    id,
    ...(sample?.networks === undefined ? {} : { networks: sample.networks }),
  });
  let before = await processes.sample(id);
  if (!streams && (before === undefined || flag(call.query, 'one-shot'))) {
    sendJson(call.response, 200, format(before, undefined));
    return;
  }
  call.response.writeHead(200, { 'Content-Type': 'application/json' });
  call.response.flushHeaders();
  if (before === undefined) call.response.write(`${JSON.stringify(format(undefined, undefined))}\n`);
  do {
    if (!(await pause(call.signal))) break;
    const sample = await sampleUnlessRemoved(processes, id);
    if (sample === GONE) break;
    call.response.write(`${JSON.stringify(format(sample, before))}\n`);
    before = sample;
  } while (streams);
  call.response.end();
};

const GONE = Symbol('the container was removed');

async function sampleUnlessRemoved(
  processes: ProcessBackend,
  id: string,
): Promise<StatsSample | undefined | typeof GONE> {
  return processes.sample(id).catch(() => GONE);
}

/** False when the client has gone. */
async function pause(signal: AbortSignal): Promise<boolean> {
  return sleep(INTERVAL_MS, true, { signal, ref: false }).catch(() => false);
}

const NEVER = '0001-01-01T00:00:00Z';

const NO_CPU = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

function describe(sample: StatsSample | undefined, before: StatsSample | undefined): object {
  return {
    read: sample?.read ?? NEVER,
    preread: before?.read ?? NEVER,
    pids_stats: sample?.pids_stats ?? {},
    blkio_stats: blockDevices(sample === undefined ? null : []),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: sample?.cpu_stats ?? NO_CPU,
    precpu_stats: before?.cpu_stats ?? NO_CPU,
    memory_stats: sample?.memory_stats ?? {},
  };
}

/** A session's control group has no counters for block devices. */
function blockDevices(none: readonly never[] | null): object {
  return {
    io_service_bytes_recursive: none,
    io_serviced_recursive: none,
    io_queue_recursive: none,
    io_service_time_recursive: none,
    io_wait_time_recursive: none,
    io_merged_recursive: none,
    io_time_recursive: none,
    sectors_recursive: none,
  };
}
