import { KeptProcess, ProcessEnded } from './kept-process.ts';
import { CommandFailed } from './run.ts';

/** Neither a program's words nor a name that `getfattr` prints hold this. */
const MARK = '\nslipway-done ';

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

  /** What the command prints, its complaints too: bytes as latin1. Throws `CommandFailed`. */
  async run(argv: readonly string[], cwd = '/'): Promise<string> {
    const command = `(cd ${quote(cwd)} && exec ${argv.map(quote).join(' ')}) 2>&1; echo "${MARK}$?"\n`;
    const { output, mark } = await this.#process.ask(command).catch((error: unknown) => {
      throw error instanceof ProcessEnded ? new CommandFailed(argv, null, 'the shell has ended') : error;
    });
    const code = Number(mark[1]);
    if (code !== 0) throw new CommandFailed(argv, code, Buffer.from(output, 'latin1').toString());
    return output;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
