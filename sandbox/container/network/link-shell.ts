import { KeptProcess, ProcessEnded } from '../../layer/kept-process.ts';

/** Every answer ends with the line about the loopback device, which is the first one in every namespace. */
const ASK_MARK = 'link show dev lo';

/** Errors come in order with the answers. */
const BATCH = 'exec ip -oneline -force -batch - 2>&1';

/** Carries out commands of ip(8) in one network namespace. */
export class LinkShell {
  readonly #process: KeptProcess;

  /** `argv` makes a command out of a line for the shell. */
  constructor(argv: (batch: string) => readonly [string, ...string[]]) {
    this.#process = new KeptProcess({ argv: () => argv(BATCH), mark: /^1: lo:.*\n/gm, encoding: 'utf8' });
  }

  /** Process id of the `ip` that runs now. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Throws with ip's own words when one of the commands fails; the ones after it are carried out all the same. */
  async run(commands: readonly string[]): Promise<void> {
    const { output } = await this.#process
      .ask([...commands, ASK_MARK, ''].join('\n'))
      .catch((error: unknown) => {
        if (!(error instanceof ProcessEnded)) throw error;
        throw new Error(
          `the network could not be set up: ${error.output === '' ? 'ip has ended' : error.output}`,
          { cause: error },
        );
      });
    if (output.trim() !== '') throw new Error(`ip: ${output.trim()}`);
  }

  close(): void {
    this.#process.close();
  }
}
