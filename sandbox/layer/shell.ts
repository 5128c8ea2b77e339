import { KeptProcess, ProcessEnded } from './kept-process.ts';
import { CommandFailed } from './run.ts';

/** Neither a program's words nor a name that `getfattr` prints hold this. */
const MARK = '\nslipway-done ';

/** File descriptors of this process that a command gets as its own. */
export type Streams = readonly [stdin: number, stdout: number, stderr: number];

/**
 * A shell that stays for a while, for the many small commands of a build: it starts a program in a fraction of the time
 * that this process needs, and busybox's has some in itself. Commands are carried out one by one.
 */
export class Shell {
  readonly #process: KeptProcess;

  constructor(...argv: readonly [string, ...string[]]) {
    this.#process = new KeptProcess({
      argv: () => argv,
      mark: new RegExp(`${MARK}(\\d+)\n`, 'g'),
      encoding: 'latin1',
    });
  }

  /**
   * What the command prints, its complaints too: bytes as latin1. Nothing when it gets `streams`, which must stay open
   * until it has begun. Throws `CommandFailed`.
   */
  async run(argv: readonly string[], cwd = '/', streams?: Streams): Promise<string> {
    const to = streams === undefined ? '2>&1' : redirections(streams);
    const command = `(cd ${quote(cwd)} && exec ${argv.map(quote).join(' ')}) ${to}; echo "${MARK}$?"\n`;
    const { output, mark } = await this.#process.ask(command).catch((error: unknown) => {
      throw error instanceof ProcessEnded ? new CommandFailed(argv, null, 'the shell has ended') : error;
    });
    const code = Number(mark[1]);
    if (code !== 0) throw new CommandFailed(argv, code, Buffer.from(output, 'latin1').toString());
    return output;
  }

  /** Resolves when the shell, if there is one, has done what it was asked for and ended. */
  async close(): Promise<void> {
    this.#process.close();
    await this.#process.gone();
  }
}

function redirections([stdin, stdout, stderr]: Streams): string {
  const own = `/proc/${process.pid}/fd`;
  return `<${own}/${stdin} >${own}/${stdout} 2>${own}/${stderr}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
