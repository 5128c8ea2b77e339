import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Queue } from '../queue/queue.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { SessionView } from '../protocol.ts';
import type { Sessions } from '../sessions/sessions.ts';

export interface MetricsSources {
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly queue: Queue;
}

const STATES: readonly SessionView['state'][] = ['starting', 'running', 'stopping', 'stopped', 'failed'];

/** Upper bounds of request times, in seconds: a boot takes some tenths, an answer from memory a millisecond. */
const TIMES = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Upper bounds of waits for a machine, in seconds. */
const WAITS = [1, 5, 15, 60, 300, 900, 3600];

/** What the server counts, for Prometheus; a name has no part that learners choose, so their number is bounded. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Histogram<'method' | 'status'>;
  readonly #errors: Counter;
  readonly #unlisten: () => void;

  constructor({ sessions, rooms, queue }: MetricsSources) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: 'slipway_server_' });
    this.#requests = new Histogram({
      name: 'slipway_http_request_seconds',
      help: 'Time to answer a request.',
      labelNames: ['method', 'status'],
      buckets: TIMES,
      registers,
    });
    this.#errors = new Counter({
      name: 'slipway_errors_total',
      help: 'What the server reported as gone wrong.',
      registers,
    });
    gauge(registers, 'slipway_sessions', 'Machines, by state.', ['state'], (set) => {
      const all = sessions.all();
      for (const state of STATES) set(all.filter(({ info }) => info.state === state).length, { state });
    });
    gauge(registers, 'slipway_pages', 'Pages that show a machine now.', [], (set) => {
      set(
        sessions.all().reduce((sum, { record }) => sum + rooms.pages(record.id), 0),
        {},
      );
    });
    this.#countWaits(queue);
    this.#unlisten = this.#countSessions(sessions);
  }

  /** The times of all requests. */
  readonly times: RequestHandler = (request, response, next) => {
    const end = this.#requests.startTimer({ method: request.method });
    response.once('finish', () => end({ status: String(response.statusCode) }));
    next();
  };

  error(): void {
    this.#errors.inc();
  }

  close(): void {
    this.#unlisten();
    this.registry.clear();
  }

  #countWaits(queue: Queue): void {
    const registers = [this.registry];
    gauge(registers, 'slipway_queue_length', 'Learners who wait for a machine now.', [], (set) => {
      set(queue.length, {});
    });
    const waits = new Histogram({
      name: 'slipway_queue_wait_seconds',
      help: 'How long learners waited, and what became of it: admitted, left or refused.',
      labelNames: ['outcome'],
      buckets: WAITS,
      registers,
    });
    queue.listen({ ended: (outcome, waitedMs) => waits.observe({ outcome }, waitedMs / 1000) });
  }

  #countSessions(sessions: Sessions): () => void {
    const count = (name: string, help: string): Counter =>
      new Counter({ name, help, registers: [this.registry] });
    const created = count('slipway_sessions_created_total', 'Machines made.');
    const ended = count('slipway_sessions_ended_total', 'Machines removed.');
    const resets = count('slipway_sessions_reset_total', 'Machines that got a new disk.');
    const failed = count('slipway_sessions_failed_total', 'Machines that ended by themselves.');
    const notices = count(
      'slipway_notices_total',
      'Warnings to learners: a limit that bit, an end that comes.',
    );
    const tasks = count('slipway_tasks_done_total', 'Tasks of lessons that were done.');
    return sessions.listen({
      created: () => created.inc(),
      changed: ({ info }) => {
        if (info.state === 'failed') failed.inc();
      },
      wasReset: () => resets.inc(),
      progressed: (_id, tasksDone) => tasks.inc(tasksDone),
      notice: () => notices.inc(),
      ended: () => ended.inc(),
    });
  }
}

function gauge(
  registers: Registry[],
  name: string,
  help: string,
  labelNames: string[],
  collect: (set: (value: number, labels: Record<string, string>) => void) => void,
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers,
    collect() {
      collect((value, labels) => this.set(labels, value));
    },
  });
}
