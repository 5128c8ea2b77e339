import type { Cgroup } from '../../container/cgroups.ts';
import type { Context } from '../../container/context.ts';
import { shellIn } from '../../container/crun.ts';
import type { ContainerRecord } from '../../container/model.ts';
import { makeCgroup } from '../../container/start.ts';
import type { Shell } from '../../layer/shell.ts';

interface Lent {
  readonly own: Cgroup;
  readonly shell: Shell;
}

/**
 * One control group for all steps of a build, with the build's limits and a shell that starts their commands: to move
 * a process into a group makes it wait for the kernel longer than a short command takes.
 */
export class StepGroup {
  readonly #context: Context;
  #lent: Lent | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Never to two containers at a time. */
  async lend(record: ContainerRecord): Promise<Cgroup | undefined> {
    this.#lent ??= await this.#make(record);
    const lent = this.#lent;
    if (lent === undefined) return undefined;
    const { own, shell } = lent;
    const killsBefore = await own.memoryKills();
    return {
      ...own,
      shell,
      memoryKills: async () => (await own.memoryKills()) - killsBefore,
      limit: async (limits) => {
        // `docker update` on a step: the next one begins anew.
        if (this.#lent === lent) this.#lent = undefined;
        await own.limit(limits);
      },
      remove: async () => {
        if (this.#lent !== lent) await discard(lent);
      },
    };
  }

  async release(): Promise<void> {
    const lent = this.#lent;
    this.#lent = undefined;
    if (lent) await discard(lent);
  }

  async #make(record: ContainerRecord): Promise<Lent | undefined> {
    const own = await makeCgroup(this.#context, record);
    return own && { own, shell: shellIn(own.entrances) };
  }
}

async function discard({ own, shell }: Lent): Promise<void> {
  await shell.close();
  await own.remove();
}
