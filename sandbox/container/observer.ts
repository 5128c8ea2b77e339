import path from 'node:path';

import { EngineError } from '../oci/errors.ts';
import type { Container } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import { measure, type MeasuredContainer, type Sample } from './stats.ts';
import { listProcesses, type ProcessTable } from './top.ts';

/** Looks at running containers from outside: `docker top` and `docker stats`. */
export class Observer {
  readonly #context: Pick<Context, 'registry' | 'emit'>;

  constructor(context: Pick<Context, 'registry' | 'emit'>) {
    this.#context = context;
  }

  identify(reference: string): { readonly id: string; readonly name: string } {
    return this.#context.registry.get(reference).record;
  }

  async top(reference: string, psArguments: string): Promise<ProcessTable> {
    const container = this.#context.registry.get(reference);
    const running = measured(container);
    if (running === undefined) {
      throw new EngineError('conflict', `Container ${container.id} is not running`);
    }
    const table = await listProcesses(running, psArguments);
    emitContainer(this.#context, container, 'top');
    return table;
  }

  /** Undefined when the container does not run. */
  async sample(reference: string): Promise<Sample | undefined> {
    const running = measured(this.#context.registry.get(reference));
    return running === undefined ? undefined : measure(running);
  }
}

function measured({ run, record }: Container): MeasuredContainer | undefined {
  if (run === undefined) return undefined;
  const cgroupFolders = run.cgroup?.folders ?? {};
  const folder = cgroupFolders[''] ?? cgroupFolders.pids ?? cgroupFolders.memory;
  return {
    pid: record.state.pid,
    cgroupFolders,
    ...(folder === undefined ? {} : { processList: path.join(folder, 'cgroup.procs') }),
  };
}
