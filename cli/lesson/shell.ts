import type { Socket } from 'socket.io-client';

import type { ClientToServer, ServerToClient } from '../../server/protocol.ts';

type Page = Socket<ServerToClient, ClientToServer>;

export interface Finished {
  readonly exitCode: number;
  /** Both streams as the terminal got them, with plain line ends. */
  readonly output: string;
}

/** Wide, so that the terminal breaks few lines. */
const SIZE = { columns: 400, rows: 50 };
/** Cuts the output: a record separator, which no program prints. */
const MARK = '\u001e';
const KEPT_OUTPUT = 256 * 1024;

/** A shell in one of the machine's terminals, as a learner's, without its echo. Scripts run in it one after another. */
export class Shell {
  readonly #page: Page;
  readonly #id: string;
  #text = '';
  #wake: () => void = () => undefined;

  private constructor(page: Page, id: string) {
    this.#page = page;
    this.#id = id;
    page.on('terminal:output', (message) => {
      if (message.id !== id) return;
      page.emit('terminal:acknowledge', { id, offset: message.offset + message.data.length });
      this.#text = (this.#text + message.data).slice(-KEPT_OUTPUT);
      this.#wake();
    });
  }

  static async open(page: Page): Promise<Shell> {
    const opened = await page.emitWithAck('terminal:open', SIZE);
    if (!opened.ok) throw new Error(opened.error);
    const shell = new Shell(page, opened.value.id);
    const attached = await page.emitWithAck('terminal:attach', { id: opened.value.id, ...SIZE });
    if (!attached.ok) throw new Error(attached.error);
    shell.#type(`stty -echo; exec env PS1= PS2= bash --norc --noediting\n printf '\\036'\n`);
    await shell.#next(30_000);
    return shell;
  }

  /**
   * Runs bash lines to their end. The folder they change to stays; one that `exit`s does not end the shell. Rejects with
   * what was printed when it takes longer than `limitMs`.
   */
  async run(script: string, limitMs: number): Promise<Finished> {
    // As base64 in short lines: a terminal's line editor would act on tabs and the like.
    const text = Buffer.from(
      `cd "$(cat /tmp/.replay-folder 2>/dev/null || echo ~)"\ntrap 'pwd >/tmp/.replay-folder' EXIT\n${script}\n`,
    )
      .toString('base64')
      .replaceAll(/(.{76})/gu, '$1\n');
    this.#type(`base64 -d >/tmp/.replay <<'E'\n${text}\nE\n`);
    // As the Enter key sends it: by this the server knows that a command was entered.
    this.#type(`printf '\\036'; bash /tmp/.replay </dev/null 2>&1; printf '\\036%d\\036' $?\r`);
    await this.#next(limitMs);
    const output = await this.#next(limitMs);
    const exitCode = Number(await this.#next(limitMs));
    return { exitCode, output: output.replaceAll('\r', '') };
  }

  #type(data: string): void {
    for (let at = 0; at < data.length; at += 8192)
      this.#page.emit('terminal:input', { id: this.#id, data: data.slice(at, at + 8192) });
  }

  /** Everything up to the next mark. */
  async #next(limitMs: number): Promise<string> {
    const end = Date.now() + limitMs;
    for (;;) {
      const at = this.#text.indexOf(MARK);
      if (at !== -1) {
        const found = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 1);
        return found;
      }
      if (Date.now() >= end)
        throw new Error(
          `The lines did not come to their end in ${limitMs / 1000} s. They printed:\n${this.#text.slice(-2000)}`,
        );
      await this.#more(end - Date.now());
    }
  }

  async #more(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, limitMs);
    });
    clearTimeout(timer);
  }
}
