import { setTimeout as sleep } from 'node:timers/promises';
import { TERMINALS_MAX, type TerminalView } from '../protocol.ts';
import type { EngineClient } from '../engine/client.ts';
import { Nothing, TerminalInfo, TerminalInfos } from '../engine/schemas.ts';
import { Refusal } from '../refusal.ts';
import type { Size } from './screen.ts';
import { Terminal, type TerminalPage } from './terminal.ts';

/** How long a page waits for what was printed before, in milliseconds; what is late comes as output. */
const REPLAY_WAIT_MS = 500;

/** The terminals of one running session, oldest first. */
export class Terminals {
  readonly #engine: EngineClient;
  readonly #onChange: () => void;
  readonly #listener: () => (output: string) => void;
  readonly #terminals = new Map<string, Terminal>();
  #opening = 0;

  /** `listener` is asked for each terminal, for who hears what it prints. */
  constructor(engine: EngineClient, onChange: () => void, listener: () => (output: string) => void) {
    this.#engine = engine;
    this.#onChange = onChange;
    this.#listener = listener;
  }

  list(): TerminalView[] {
    return [...this.#terminals.values()].map(({ id, ended }) => ({ id, ended }));
  }

  get(id: string): Terminal {
    const terminal = this.#terminals.get(id);
    if (!terminal) throw new Refusal('not-found', 'This terminal is not there any more.');
    return terminal;
  }

  /** Takes up the terminals that the engine has: a server that was started anew finds the learner's shells. */
  async adopt(): Promise<void> {
    const infos = await this.#engine.get('/slipway/terminals', TerminalInfos);
    for (const info of infos.slice(0, TERMINALS_MAX)) this.#add(info);
    const replayed = [...this.#terminals.values()].map((terminal) => terminal.replayed);
    await Promise.race([Promise.all(replayed), sleep(REPLAY_WAIT_MS)]);
    if (infos.length > 0) this.#onChange();
  }

  async open(size: Size): Promise<TerminalView> {
    if (this.#terminals.size + this.#opening >= TERMINALS_MAX) {
      throw new Refusal('conflict', `A machine can have ${TERMINALS_MAX} terminals. Close one first.`);
    }
    this.#opening += 1;
    const info = await this.#engine
      .call('POST', '/slipway/terminals', TerminalInfo, { body: size })
      .finally(() => (this.#opening -= 1));
    this.#add(info);
    this.#onChange();
    return { id: info.id, ended: false };
  }

  /** `page` has left: it watches no terminal any more. */
  detach(page: TerminalPage): void {
    for (const terminal of this.#terminals.values()) terminal.detach(page);
  }

  async close(id: string): Promise<void> {
    const terminal = this.get(id);
    this.#terminals.delete(id);
    terminal.dispose();
    this.#onChange();
    await this.#engine.call('DELETE', `/slipway/terminals/${id}`, Nothing).catch(() => undefined);
  }

  dispose(): void {
    for (const terminal of this.#terminals.values()) terminal.dispose();
    this.#terminals.clear();
  }

  #add(info: TerminalInfo): void {
    if (this.#terminals.has(info.id)) return;
    const terminal = new Terminal({
      engine: this.#engine,
      id: info.id,
      size: { columns: info.columns, rows: info.rows },
      printed: info.offset,
      ended: info.exitCode !== undefined,
      onEnded: this.#onChange,
      onOutput: this.#listener(),
    });
    this.#terminals.set(info.id, terminal);
  }
}
