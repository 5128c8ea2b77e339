import type { ServerToClient, TerminalView } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import type { RunManner } from '../events.ts';
import type { SessionSocket } from '../socket.ts';
import { TerminalFeed, type TerminalFace, type TerminalSize } from './feed.ts';

/** What Ctrl-C sends. */
const INTERRUPT = '\x03';

export interface TerminalTab extends TerminalView {
  /** What the learner sees on the tab; the lowest that was free. */
  readonly number: number;
}

export interface TabsState {
  readonly terminals: readonly TerminalTab[];
  readonly active: string | null;
}

/** Where the state of the tabs is kept, and who is told what went wrong. */
export interface TabsKeeper {
  readonly tabs: TabsState;
  keepTabs(part: Partial<TabsState>): void;
  warn(message: string): void;
}

/**
 * The terminals of one session over one connection. A machine that has just booted gets a terminal by itself; one whose
 * last terminal was closed does not.
 */
export class Tabs {
  readonly #socket: SessionSocket;
  readonly #keeper: TabsKeeper;
  readonly #feeds = new Map<string, TerminalFeed>();
  #size: TerminalSize = { columns: 80, rows: 24 };
  /** The server has told which terminals there are. */
  #known = false;
  #wanted = true;
  /** The terminals that were closed here. */
  readonly #closed = new Set<string>();
  #running = false;
  #opening: Promise<void> | null = null;
  #queued: { readonly command: string; readonly manner: RunManner } | null = null;

  constructor(socket: SessionSocket, keeper: TabsKeeper) {
    this.#socket = socket;
    this.#keeper = keeper;
  }

  /** A terminal will be there in a moment. */
  get opens(): boolean {
    return this.#opening !== null || this.#wanted;
  }

  machine(running: boolean): void {
    // What there was ends with the machine, even where the list of terminals tells it first.
    if (this.#running && !running) this.#wanted = true;
    this.#running = running;
    this.#openWanted();
  }

  connected(): void {
    for (const feed of this.#feeds.values()) void this.#attach(feed);
  }

  disconnected(): void {
    this.#known = false;
    for (const feed of this.#feeds.values()) feed.detach();
  }

  list(terminals: readonly TerminalView[]): void {
    this.#known = true;
    const before = this.#keeper.tabs;
    const tabs = numbered(terminals, before.terminals);
    this.#keeper.keepTabs({ terminals: tabs, active: nextActive(tabs, before) });
    if (tabs.length > 0) this.#wanted = false;
    else if (before.terminals.length > 0)
      this.#wanted = !before.terminals.some(({ id }) => this.#closed.has(id));
    const ids = new Set(tabs.map(({ id }) => id));
    for (const [id, feed] of this.#feeds) {
      if (ids.has(id)) continue;
      feed.detach();
      this.#feeds.delete(id);
    }
    this.#openWanted();
  }

  output(output: Parameters<ServerToClient['terminal:output']>[0]): void {
    this.#feeds.get(output.id)?.output(output);
  }

  redraw(screen: Parameters<ServerToClient['terminal:screen']>[0]): void {
    this.#feeds.get(screen.id)?.redraw(screen);
  }

  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  close(id: string): void {
    this.#closed.add(id);
    this.#socket.tell('terminal:close', { id });
  }

  /** Shows terminal `id` on `face` from now on. */
  attach(id: string, face: TerminalFace): void {
    this.#size = face.size;
    this.#feeds.get(id)?.detach();
    const feed = new TerminalFeed(id, face, this.#socket);
    this.#feeds.set(id, feed);
    if (this.#socket.connected) void this.#attach(feed);
  }

  input(id: string, data: string): void {
    this.#feeds.get(id)?.input(data);
  }

  resize(id: string, size: TerminalSize): void {
    this.#size = size;
    this.#feeds.get(id)?.resize(size);
  }

  /** Runs a command in the terminal it is meant for, in a new one when there is none or its shell has ended. */
  async run(command: string, manner: RunManner): Promise<void> {
    const { terminals, active } = this.#keeper.tabs;
    const { terminal } = manner;
    const tab = terminals.find(({ id, number }) => (terminal === null ? id === active : number === terminal));
    this.#queued = { command, manner };
    if (!tab || tab.ended) return this.open();
    this.#keeper.keepTabs({ active: tab.id });
    const feed = this.#feeds.get(tab.id);
    if (feed?.attached) this.#runQueued(feed);
  }

  async #open(): Promise<void> {
    try {
      const { id } = await this.#socket.ask('terminal:open', this.#size);
      this.#keeper.keepTabs({ active: id });
      const feed = this.#feeds.get(id);
      if (feed?.attached) this.#runQueued(feed);
    } catch (error) {
      this.#queued = null;
      if (this.#running) this.#keeper.warn(sentence(error));
    }
  }

  async #attach(feed: TerminalFeed): Promise<void> {
    try {
      await feed.attach();
      if (feed.attached) this.#runQueued(feed);
    } catch (error) {
      const shown = this.#keeper.tabs.terminals.some(({ id }) => id === feed.id);
      if (shown && this.#socket.connected) this.#keeper.warn(sentence(error));
    }
  }

  #runQueued(feed: TerminalFeed): void {
    const queued = this.#queued;
    if (queued === null || feed.id !== this.#keeper.tabs.active) return;
    this.#queued = null;
    const { command, manner } = queued;
    feed.face.focus();
    if (manner.interrupt) feed.input(INTERRUPT);
    feed.face.run(command, manner.enter);
  }

  #openWanted(): void {
    if (!this.#known || !this.#running || !this.#wanted) return;
    this.#wanted = false;
    void this.open();
  }
}

function numbered(
  terminals: readonly TerminalView[],
  before: readonly TerminalTab[],
): readonly TerminalTab[] {
  const known = new Map(before.map(({ id, number }) => [id, number]));
  const taken = new Set(terminals.flatMap(({ id }) => known.get(id) ?? []));
  const free = (): number => {
    let number = 1;
    while (taken.has(number)) number += 1;
    taken.add(number);
    return number;
  };
  return terminals.map((terminal) => ({ ...terminal, number: known.get(terminal.id) ?? free() }));
}

/** The active terminal stays; when it went, its right neighbour takes its place, or the last one. */
function nextActive(tabs: readonly TerminalTab[], before: TabsState): string | null {
  if (tabs.some(({ id }) => id === before.active)) return before.active;
  const place = before.terminals.findIndex(({ id }) => id === before.active);
  const neighbour = place === -1 ? tabs[0] : (tabs[place] ?? tabs.at(-1));
  return neighbour?.id ?? null;
}
