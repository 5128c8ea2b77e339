import type { BuildObserver } from '../../build/observer.ts';
import type { BuildRequest } from '../../build/request.ts';
import type { TransferObserver } from '../../image/engine.ts';
import type { Progress } from '../../image/progress.ts';
import { familiarReference } from '../../oci/reference.ts';
import { BuildLog } from './build-log.ts';
import type { ActivityLine, Transfer, TransferLayer } from './records.ts';

/** Of each kind; the oldest go. */
const BUILDS_MAX = 12;
const TRANSFERS_MAX = 24;
const LAYERS_MAX = 128;

/** Bytes that each step of a build added, by the image that it ended with. */
export type StepSizes = (image: string) => Promise<ReadonlyMap<string, number>>;

export interface ActivityOptions {
  /** Told apart from those of an engine that ran before. */
  readonly epoch: string;
  readonly sizes: StepSizes;
}

/** The last builds, pulls and pushes, and those under way. */
export class Activity {
  readonly #options: ActivityOptions;
  readonly #builds = new Map<string, BuildLog>();
  readonly #transfers = new Map<string, Transfer>();
  readonly #listeners = new Set<(line: ActivityLine) => void>();
  #count = 0;

  constructor(options: ActivityOptions) {
    this.#options = options;
  }

  /** All that is kept, oldest first. */
  lines(): ActivityLine[] {
    return [
      ...[...this.#transfers.values()].map((transfer) => ({ transfer })),
      ...[...this.#builds.values()].map((log) => ({ build: log.record() })),
    ];
  }

  /** Returns the way to stop listening. */
  listen(listener: (line: ActivityLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  readonly build = (request: BuildRequest): BuildObserver => {
    const log = new BuildLog({
      id: this.#id(),
      request,
      changed: () => this.#tell({ build: log.record() }),
      sizes: this.#options.sizes,
    });
    this.#builds.set(log.id, log);
    drop(this.#builds, BUILDS_MAX);
    return log;
  };

  readonly transfer: TransferObserver = (verb, reference, lines) => {
    const transfer: Transfer = {
      id: this.#id(),
      verb,
      reference: familiarReference(reference),
      registry: reference.domain,
      startedAt: Date.now(),
      state: 'running',
      layers: [],
    };
    return this.#follow(transfer, lines);
  };

  async *#follow(transfer: Transfer, lines: AsyncGenerator<Progress>): AsyncGenerator<Progress> {
    const layers = new Map<string, TransferLayer>();
    let isDone = false;
    const note = (state: Transfer['state']) =>
      this.#note({ ...transfer, state, layers: [...layers.values()] });
    note('running');
    try {
      for await (const line of lines) {
        const { id } = line;
        const before = id === undefined ? undefined : layers.get(id);
        const now = layerOf(line, before);
        if (id !== undefined && now && (before || layers.size < LAYERS_MAX)) {
          layers.set(id, now);
          note('running');
        }
        yield line;
      }
      isDone = true;
    } finally {
      note(isDone ? 'done' : 'failed');
    }
  }

  #note(transfer: Transfer): void {
    this.#transfers.set(transfer.id, transfer);
    drop(this.#transfers, TRANSFERS_MAX);
    this.#tell({ transfer });
  }

  #tell(line: ActivityLine): void {
    for (const listener of this.#listeners) listener(line);
  }

  #id(): string {
    this.#count += 1;
    return `${this.#options.epoch}-${this.#count}`;
  }
}

/** The oldest go; what was put last stays. */
function drop(records: Map<string, unknown>, max: number): void {
  for (const oldest of records.keys()) {
    if (records.size <= max) return;
    records.delete(oldest);
  }
}

/** What a line of `docker pull` or `docker push` says of a layer; undefined for any other line. */
export function layerOf(line: Progress, before: TransferLayer | undefined): TransferLayer | undefined {
  const { id = '', status, progressDetail } = line;
  if (!/^[0-9a-f]{12}$/.test(id)) return undefined;
  const current = Math.max(progressDetail?.current ?? 0, before?.current ?? 0);
  const total = Math.max(progressDetail?.total ?? 0, before?.total ?? 0);
  return { id, state: stateOf(status), current, total };
}

function stateOf(status: string): TransferLayer['state'] {
  if (status === 'Layer already exists' || status === 'Already exists') return 'there';
  if (status.startsWith('Mounted from')) return 'mounted';
  if (status === 'Pushed' || status === 'Pull complete') return 'done';
  return /^(Preparing|Waiting|Pulling fs layer)/.test(status) ? 'waiting' : 'travelling';
}
