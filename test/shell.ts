import type { Duplex } from 'node:stream';

import type { TerminalInfo } from '../sandbox/engine/routes.ts';
import { callEngine, upgradeEngine } from './engine-socket.ts';

export interface Finished {
  readonly exitCode: number;
  /** Standard output and error together, as the terminal shows them, with plain line ends. */
  readonly output: string;
}

/** A login shell in a session, as a learner has it: the machine's root in a terminal. */
export interface Shell {
  /** Runs a bash script to its end. Scripts of one shell run one after another. */
  run(script: string, timeoutMs?: number): Promise<Finished>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;
/** Wider than any line that is looked at: a terminal would break it. */
const COLUMNS = 1000;
/** Marks that no program prints: record separators. */
const MARK = '\u001e';

/** Opens a terminal on the engine's socket and makes it quiet. */
export async function openShell(engineSocket: string): Promise<Shell> {
  const opened = await callEngine(engineSocket, 'POST', '/slipway/terminals', { columns: COLUMNS, rows: 50 });
  if (opened.status !== 201) throw new Error(`No terminal: ${opened.status} ${opened.body}`);
  const { id } = JSON.parse(opened.body) as TerminalInfo;
  const socket = await upgradeEngine(engineSocket, `/slipway/terminals/${id}/attach?from=0`);
  const reader = new MarkedOutput(socket);
  // The same root in the same terminal, without the line editor's own output.
  socket.write(`stty -echo; exec env PS1= PS2= bash --norc --noediting\n printf '\\036'\n`);
  await reader.next(TIMEOUT_MS);
  const run = async (script: string, timeoutMs = TIMEOUT_MS): Promise<Finished> => {
    // As base64 in short lines: a terminal's line editor would act on tabs and the like.
    const text = Buffer.from(script)
      .toString('base64')
      .replaceAll(/(.{76})/gu, '$1\n');
    socket.write(`base64 -d >/tmp/.script <<'E'\n${text}\nE\n`);
    socket.write(`printf '\\036'; bash /tmp/.script </dev/null 2>&1; printf '\\036%d\\036' $?\n`);
    await reader.next(timeoutMs);
    const output = await reader.next(timeoutMs);
    const exitCode = Number(await reader.next(timeoutMs));
    return { exitCode, output: output.replaceAll('\r', '') };
  };
  const close = async (): Promise<void> => {
    socket.destroy();
    await callEngine(engineSocket, 'DELETE', `/slipway/terminals/${id}`);
  };
  return { run, close };
}

/** Cuts what a terminal prints at the marks. */
class MarkedOutput {
  #text = '';
  #wake: () => void = () => undefined;

  constructor(socket: Duplex) {
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString();
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  /** Everything up to the next mark. */
  async next(timeoutMs: number): Promise<string> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const at = this.#text.indexOf(MARK);
      if (at !== -1) {
        const found = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 1);
        return found;
      }
      if (Date.now() > end)
        throw new Error(`The shell did not finish. It printed:\n${this.#text.slice(-2000)}`);
      await this.#moreOrUntil(end);
    }
  }

  async #moreOrUntil(end: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.max(0, end - Date.now()));
    });
    clearTimeout(timer);
  }
}
