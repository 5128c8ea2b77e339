import type { ContainerRecord } from '../../container/model.ts';
import type { Connection, Lent, Networking } from '../../container/networking.ts';

/** One connection for all steps of a build that want the same: to make one takes longer than a short command does. */
export class StepNetwork implements Pick<Networking, 'connect' | 'disconnect'> {
  readonly #networking: Networking;
  readonly #lent = new Map<string, Promise<Lent>>();

  constructor(networking: Networking) {
    this.#networking = networking;
  }

  async connect(record: ContainerRecord): Promise<Connection> {
    return (await this.#for(record)).connect(record);
  }

  async disconnect(record: ContainerRecord): Promise<void> {
    await (await this.#for(record)).disconnect(record);
  }

  async release(): Promise<void> {
    const all = [...this.#lent.values()];
    this.#lent.clear();
    for (const lent of all) await lent.then((each) => each.release()).catch(() => undefined);
  }

  async #for(record: ContainerRecord): Promise<Pick<Networking, 'connect' | 'disconnect'>> {
    const { NetworkMode: mode } = record.hostConfig;
    // Another container's network is its own affair.
    if (mode.startsWith('container:')) return this.#networking;
    const known = this.#lent.get(mode) ?? this.#networking.lend(record);
    this.#lent.set(mode, known);
    try {
      return await known;
    } catch (error) {
      this.#lent.delete(mode);
      throw error;
    }
  }
}
