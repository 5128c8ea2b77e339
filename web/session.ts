import type {
  Lesson,
  ServerToClient,
  SessionUsageView,
  SessionView,
  TaskView,
  TerminalView,
} from '../server/protocol.ts';
import { ApiError, sentence, type Api } from './api.ts';
import type { ConnectionState, ConnectSocket, SessionSocket } from './socket.ts';
import { Store } from './store.ts';
import { TerminalFeed, type TerminalFace, type TerminalSize } from './terminal/feed.ts';

export type Stage =
  /** The server is asked for the machine. */
  | { readonly name: 'opening' }
  | { readonly name: 'open' }
  /** There is no such lesson. */
  | { readonly name: 'missing' }
  /** The server would not give a machine. */
  | { readonly name: 'refused'; readonly reason: string; readonly status: number | null }
  /** The machine is gone for good. */
  | { readonly name: 'ended'; readonly reason: string };

export interface TerminalTab extends TerminalView {
  /** What the learner sees on the tab; the lowest that was free. */
  readonly number: number;
}

export interface Notice {
  readonly id: number;
  readonly level: 'info' | 'warning';
  readonly message: string;
}

export type Action = 'resume' | 'reset' | 'end';

export interface WorkspaceState {
  readonly stage: Stage;
  readonly connection: ConnectionState;
  readonly lesson: Lesson | null;
  readonly session: SessionView | null;
  readonly tasks: ReadonlyMap<string, TaskView>;
  readonly usage: SessionUsageView | null;
  readonly terminals: readonly TerminalTab[];
  readonly active: string | null;
  readonly notices: readonly Notice[];
  /** What is being done on the learner's word at this moment. */
  readonly action: Action | null;
  /** For screen readers: what has just happened. */
  readonly announcement: string;
}

export interface WorkspaceOptions {
  /** `null` is the bare machine. */
  readonly lesson: string | null;
  readonly api: Api;
  readonly connect: ConnectSocket;
}

const START: WorkspaceState = {
  stage: { name: 'opening' },
  connection: { name: 'connecting' },
  lesson: null,
  session: null,
  tasks: new Map(),
  usage: null,
  terminals: [],
  active: null,
  notices: [],
  action: null,
  announcement: '',
};

/** All that a workspace knows, and all that can be done in it. Views read `store` and call; nobody else writes. */
export class WorkspaceSession {
  readonly store = new Store<WorkspaceState>(START);
  readonly #options: WorkspaceOptions;
  readonly #feeds = new Map<string, TerminalFeed>();
  #socket: SessionSocket | null = null;
  #size: TerminalSize = { columns: 80, rows: 24 };
  /** A machine that has just booted gets a terminal by itself; one whose last terminal was closed does not. */
  #wantsTerminal = true;
  #terminalsKnown = false;
  #openingTerminal: Promise<void> | null = null;
  #queuedCommand: string | null = null;
  #noticeCount = 0;

  constructor(options: WorkspaceOptions) {
    this.#options = options;
  }

  get state(): WorkspaceState {
    return this.store.value;
  }

  /** Keys reach the machine. */
  get live(): boolean {
    return this.state.connection.name === 'connected' && this.state.session?.state === 'running';
  }

  /** A terminal is about to open. */
  get opensTerminal(): boolean {
    return this.#openingTerminal !== null || this.#wantsTerminal;
  }

  /** Gets the lesson and the learner's machine for it; after an end, a new machine. */
  async open(): Promise<void> {
    this.close();
    this.store.update({ ...START, lesson: this.state.lesson, notices: this.state.notices });
    this.#wantsTerminal = true;
    try {
      const [session] = await Promise.all([
        this.#options.api.openSession(this.#options.lesson),
        this.#loadLesson(),
      ]);
      this.store.update({ stage: { name: 'open' }, session });
      this.#socket = this.#options.connect(session.id, this.#listener());
    } catch (error) {
      const status = error instanceof ApiError ? error.status : null;
      const missing = status === 404 && this.#options.lesson !== null;
      const stage: Stage = missing
        ? { name: 'missing' }
        : { name: 'refused', reason: sentence(error), status };
      this.store.update({ stage });
    }
  }

  /** Leaves the machine to itself; it goes on running. */
  close(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#forgetTerminals();
  }

  retryConnection(): void {
    this.#socket?.retry();
  }

  resume(): Promise<void> {
    return this.#act('resume', async (id) => this.#sessionChanged(await this.#options.api.resumeSession(id)));
  }

  reset(): Promise<void> {
    return this.#act('reset', async (id) => {
      this.#wantsTerminal = true;
      this.#sessionChanged(await this.#options.api.resetSession(id));
    });
  }

  end(): Promise<void> {
    return this.#act('end', async (id) => {
      await this.#options.api.endSession(id);
      this.#ended('You ended this machine.');
    });
  }

  openTerminal(): Promise<void> {
    this.#openingTerminal ??= this.#openTerminal().finally(() => (this.#openingTerminal = null));
    return this.#openingTerminal;
  }

  closeTerminal(id: string): void {
    this.#wantsTerminal = false;
    this.#socket?.tell('terminal:close', { id });
  }

  selectTerminal(id: string): void {
    this.store.update({ active: id });
  }

  /** Shows terminal `id` on `face` from now on. */
  attachTerminal(id: string, face: TerminalFace): void {
    if (!this.#socket) return;
    this.#size = face.size;
    const feed = new TerminalFeed(id, face, this.#socket);
    this.#feeds.set(id, feed);
    if (this.#socket.connected) void this.#attach(feed);
  }

  typeInto(id: string, data: string): void {
    this.#feeds.get(id)?.input(data);
  }

  resizeTerminal(id: string, size: TerminalSize): void {
    this.#size = size;
    this.#feeds.get(id)?.resize(size);
  }

  /** Runs a command in the active terminal, in a new one when there is none. */
  async run(command: string): Promise<void> {
    const active = this.state.terminals.find(({ id }) => id === this.state.active);
    const feed = active && !active.ended ? this.#feeds.get(active.id) : undefined;
    if (feed?.attached) {
      feed.face.focus();
      feed.face.run(command);
      return;
    }
    this.#queuedCommand = command;
    if (!active || active.ended) await this.openTerminal();
  }

  dismissNotice(id: number): void {
    this.store.update({ notices: this.state.notices.filter((notice) => notice.id !== id) });
  }

  async #loadLesson(): Promise<void> {
    if (this.#options.lesson === null || this.state.lesson) return;
    this.store.update({ lesson: await this.#options.api.lesson(this.#options.lesson) });
  }

  #listener(): ServerToClient & { connection: (state: ConnectionState) => void } {
    return {
      connection: (state) => this.#connectionChanged(state),
      session: (session) => this.#sessionChanged(session),
      terminals: (terminals) => this.#terminalsChanged(terminals),
      'terminal:output': (output) => this.#feeds.get(output.id)?.output(output),
      'terminal:screen': (screen) => this.#feeds.get(screen.id)?.redraw(screen),
      tasks: (tasks) => this.#tasksChanged(tasks),
      usage: (usage) => this.store.update({ usage }),
      notice: ({ level, message }) => this.#notify(level, message),
      ended: ({ reason }) => this.#ended(reason),
    };
  }

  #connectionChanged(connection: ConnectionState): void {
    const before = this.state.connection.name;
    this.store.update({ connection });
    if (connection.name === 'connected') {
      for (const feed of this.#feeds.values()) void this.#attach(feed);
      if (before === 'reconnecting' || before === 'offline') this.#announce('The connection is back.');
      return;
    }
    this.#terminalsKnown = false;
    for (const feed of this.#feeds.values()) feed.detach();
    if (connection.name === 'refused') this.#ended(connection.reason);
    else if (before === 'connected') this.#announce('The connection is lost. Trying again.');
  }

  #sessionChanged(session: SessionView): void {
    const before = this.state.session?.state;
    if (before !== session.state && session.state !== 'running') this.#wantsTerminal = true;
    this.store.update({ session });
    if (before !== session.state && session.state === 'running') this.#announce('The machine is running.');
    this.#ensureTerminal();
  }

  #terminalsChanged(terminals: readonly TerminalView[]): void {
    this.#terminalsKnown = true;
    const tabs = numbered(terminals, this.state.terminals);
    this.store.update({ terminals: tabs, active: nextActive(tabs, this.state) });
    const ids = new Set(tabs.map(({ id }) => id));
    for (const [id, feed] of this.#feeds) {
      if (ids.has(id)) continue;
      feed.detach();
      this.#feeds.delete(id);
    }
    this.#ensureTerminal();
  }

  #ensureTerminal(): void {
    if (!this.#terminalsKnown || this.state.session?.state !== 'running') return;
    if (this.state.terminals.length > 0) this.#wantsTerminal = false;
    if (!this.#wantsTerminal) return;
    this.#wantsTerminal = false;
    void this.openTerminal();
  }

  async #openTerminal(): Promise<void> {
    if (!this.#socket) return;
    try {
      const { id } = await this.#socket.ask('terminal:open', this.#size);
      this.store.update({ active: id });
    } catch (error) {
      this.#notify('warning', sentence(error));
    }
  }

  async #attach(feed: TerminalFeed): Promise<void> {
    try {
      await feed.attach();
      if (feed.attached) this.#runQueued(feed);
    } catch (error) {
      const shown = this.state.terminals.some(({ id }) => id === feed.id);
      if (shown && this.#socket?.connected) this.#notify('warning', sentence(error));
    }
  }

  #runQueued(feed: TerminalFeed): void {
    const command = this.#queuedCommand;
    if (command === null || feed.id !== this.state.active) return;
    this.#queuedCommand = null;
    feed.face.focus();
    feed.face.run(command);
  }

  #tasksChanged(tasks: readonly TaskView[]): void {
    const before = this.state.tasks;
    const now = new Map(tasks.map((task) => [task.id, task]));
    this.store.update({ tasks: now });
    const done = tasks.filter(({ id, state }) => state === 'done' && before.get(id)?.state === 'open');
    if (done.length === 0) return;
    const titles = done.map(({ id }) => taskTitle(this.state.lesson, id)).join(', ');
    const { done: count, total } = progress(now);
    this.#announce(
      count === total ? `All ${total} tasks are done.` : `Done: ${titles}. ${count} of ${total} tasks.`,
    );
  }

  #ended(reason: string): void {
    this.close();
    this.store.update({ stage: { name: 'ended', reason }, terminals: [], active: null, usage: null });
    this.#announce(reason);
  }

  async #act(action: Action, run: (id: string) => Promise<void>): Promise<void> {
    const { session } = this.state;
    if (!session || this.state.action) return;
    this.store.update({ action });
    try {
      await run(session.id);
    } catch (error) {
      this.#notify('warning', sentence(error));
    } finally {
      this.store.update({ action: null });
    }
  }

  #forgetTerminals(): void {
    for (const feed of this.#feeds.values()) feed.detach();
    this.#feeds.clear();
    this.#terminalsKnown = false;
    this.#queuedCommand = null;
  }

  #notify(level: Notice['level'], message: string): void {
    this.#noticeCount += 1;
    this.store.update({ notices: [...this.state.notices, { id: this.#noticeCount, level, message }] });
  }

  #announce(announcement: string): void {
    this.store.update({ announcement });
  }
}

export function progress(tasks: ReadonlyMap<string, TaskView>): { done: number; total: number } {
  const done = [...tasks.values()].filter(({ state }) => state === 'done').length;
  return { done, total: tasks.size };
}

function numbered(
  terminals: readonly TerminalView[],
  before: readonly TerminalTab[],
): readonly TerminalTab[] {
  const known = new Map(before.map(({ id, number }) => [id, number]));
  const kept = terminals.flatMap(({ id }) => known.get(id) ?? []);
  const taken = new Set(kept);
  const free = (): number => {
    let number = 1;
    while (taken.has(number)) number += 1;
    taken.add(number);
    return number;
  };
  return terminals.map((terminal) => ({ ...terminal, number: known.get(terminal.id) ?? free() }));
}

/** The active terminal stays; when it went, its right neighbour takes its place, or the last one. */
function nextActive(tabs: readonly TerminalTab[], before: WorkspaceState): string | null {
  if (tabs.some(({ id }) => id === before.active)) return before.active;
  const place = before.terminals.findIndex(({ id }) => id === before.active);
  const neighbour = place === -1 ? tabs[0] : (tabs[place] ?? tabs.at(-1));
  return neighbour?.id ?? null;
}

function taskTitle(lesson: Lesson | null, id: string): string {
  const blocks = lesson?.steps.flatMap((step) => step.blocks) ?? [];
  for (const block of blocks) if (block.type === 'task' && block.id === id) return block.title;
  return id;
}
