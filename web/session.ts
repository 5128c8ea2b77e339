import type { QueuePlace, SessionView, TaskView } from '../server/protocol.ts';
import { ApiError, sentence, type Api } from './api.ts';
import type { ConnectionState, ConnectSocket, SessionSocket, SocketListener } from './socket.ts';
import { RUN_HERE, type RunManner } from './events.ts';
import { SessionParts, type SessionPart } from './session-parts.ts';
import {
  progress,
  START,
  taskTitle,
  type Action,
  type Notice,
  type Stage,
  type WorkspaceState,
} from './session-state.ts';
import { Store } from './store.ts';
import type { TerminalFace, TerminalSize } from './terminal/feed.ts';
import { Tabs, type TabsState } from './terminal/tabs.ts';

export type { SessionPart } from './session-parts.ts';
export { progress, type Action, type Notice, type Stage, type WorkspaceState } from './session-state.ts';

export interface WorkspaceOptions {
  /** `null` is the bare machine. */
  readonly lesson: string | null;
  readonly api: Api;
  readonly connect: ConnectSocket;
}

/** Of many notices only the last are worth the room. */
const NOTICES_MAX = 4;

/** All that a workspace knows, and all that can be done in it. Views read `state` and call; nobody else writes. */
export class WorkspaceSession {
  readonly store = new Store<WorkspaceState>(START);
  readonly #options: WorkspaceOptions;
  #socket: SessionSocket | null = null;
  #tabs: Tabs | null = null;
  readonly #parts = new SessionParts();
  #noticeCount = 0;
  #stopWaiting: (() => void) | null = null;
  /** Counts openings: what an earlier one still brings is not wanted any more. */
  #epoch = 0;

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

  /** A terminal will be there in a moment. */
  get opensTerminal(): boolean {
    return this.#tabs?.opens ?? false;
  }

  /** Gets the lesson and the learner's machine for it; after an end, a new machine. */
  async open(): Promise<void> {
    this.close();
    const epoch = this.#epoch;
    this.store.update({ ...START, lesson: this.state.lesson, notices: this.state.notices });
    try {
      const [answer] = await Promise.all([
        this.#options.api.openSession(this.#options.lesson),
        this.#loadLesson(),
      ]);
      if (epoch !== this.#epoch) return;
      if ('place' in answer) this.#wait(answer);
      else this.#connect(answer);
    } catch (error) {
      if (epoch === this.#epoch) this.store.update({ stage: this.#refusal(error) });
    }
  }

  /** Leaves the machine to itself; it goes on running. */
  close(): void {
    this.#epoch += 1;
    this.#stopWaiting?.();
    this.#stopWaiting = null;
    this.#socket?.close();
    this.#tabs?.disconnected();
    this.#socket = null;
    this.#tabs = null;
    this.#updateParts();
  }

  /** Gives up the place in the queue. */
  async leaveQueue(): Promise<void> {
    this.close();
    this.#leave('You gave up your place in the queue.');
    // A place that nobody follows is given up by itself a little later.
    await this.#options.api.leaveQueue().catch(() => undefined);
  }

  retryConnection(): void {
    this.#socket?.retry();
  }

  resume(): Promise<void> {
    return this.#act('resume', async (id) => {
      const answer = await this.#options.api.resumeSession(id);
      if ('place' in answer) {
        this.close();
        this.#wait(answer);
      } else this.#sessionChanged(answer);
    });
  }

  /** To an empty machine, or to the start of a step of the lesson. */
  reset(step?: string): Promise<void> {
    return this.#act('reset', async (id) =>
      this.#sessionChanged(await this.#options.api.resetSession(id, step)),
    );
  }

  /** Keeps the machine as it is now, to go back to. */
  keep(): Promise<void> {
    return this.#act('keep', async (id) => {
      this.#sessionChanged(await this.#options.api.keepMoment(id));
      this.#announce('The machine is kept as it is now.');
    });
  }

  /** To how machine and lesson were at a moment. */
  goBack(moment: string): Promise<void> {
    return this.#act('back', async (id) => {
      this.#sessionChanged(await this.#options.api.goBack(id, moment));
      this.#announce('The machine is as it was.');
    });
  }

  extend(): Promise<void> {
    return this.#act('extend', async (id) => this.#sessionChanged(await this.#options.api.extendSession(id)));
  }

  end(): Promise<void> {
    return this.#act('end', async (id) => {
      await this.#options.api.endSession(id);
      this.#ended('You ended this machine.');
    });
  }

  async openTerminal(): Promise<void> {
    await this.#tabs?.open();
  }

  closeTerminal(id: string): void {
    this.#tabs?.close(id);
  }

  selectTerminal(id: string): void {
    this.store.update({ active: id });
  }

  /** Shows terminal `id` on `face` from now on. */
  attachTerminal(id: string, face: TerminalFace): void {
    this.#tabs?.attach(id, face);
  }

  typeInto(id: string, data: string): void {
    this.#tabs?.input(id, data);
  }

  resizeTerminal(id: string, size: TerminalSize): void {
    this.#tabs?.resize(id, size);
  }

  /** Runs a command in the terminal it is meant for, in a new one when there is none. */
  async run(command: string, manner: RunManner = RUN_HERE): Promise<void> {
    await this.#tabs?.run(command, manner);
  }

  /** Lets a part of the page speak over the connection; returns the way to stop. */
  join(part: SessionPart): () => void {
    const leave = this.#parts.join(part);
    this.#updateParts();
    return leave;
  }

  /** Tells the learner something went wrong. */
  warn(message: string): void {
    this.#notify('warning', message);
  }

  dismissNotice(id: number): void {
    this.store.update({ notices: this.state.notices.filter((notice) => notice.id !== id) });
  }

  async #loadLesson(): Promise<void> {
    if (this.#options.lesson === null || this.state.lesson) return;
    this.store.update({ lesson: await this.#options.api.lesson(this.#options.lesson) });
  }

  /** The server may have been started anew, with another text of the lesson. */
  async #renewLesson(): Promise<void> {
    const epoch = this.#epoch;
    if (this.#options.lesson === null) return;
    const lesson = await this.#options.api.lesson(this.#options.lesson).catch(() => null);
    if (lesson && epoch === this.#epoch) this.store.update({ lesson });
  }

  #refusal(error: unknown): Stage {
    const status = error instanceof ApiError ? error.status : null;
    if (status === 404 && this.#options.lesson !== null) return { name: 'missing' };
    return { name: 'refused', reason: sentence(error), status };
  }

  #connect(session: SessionView): void {
    this.store.update({ stage: { name: 'open' }, session });
    this.#socket = this.#options.connect(session.id, this.#listener());
    this.#tabs = new Tabs(this.#socket, this.#tabsKeeper());
    this.#tabs.machine(session.state === 'running');
  }

  #wait(first: QueuePlace): void {
    const show = ({ place, of }: QueuePlace): void => {
      this.store.update({ stage: { name: 'waiting', place, of } });
      this.#announce(`You are number ${place} of ${of} in the queue for a machine.`);
    };
    show(first);
    this.#stopWaiting = this.#options.api.followQueue({
      place: (now) => {
        const { stage } = this.state;
        if (stage.name !== 'waiting' || stage.place !== now.place || stage.of !== now.of) show(now);
      },
      turn: () => void this.open(),
      refused: (reason) => this.#leave(reason),
    });
  }

  /** Without a machine, for a reason that is not the connection's. */
  #leave(reason: string): void {
    this.close();
    this.store.update({ stage: { name: 'refused', reason, status: null } });
    this.#announce(reason);
  }

  #tabsKeeper() {
    const { store } = this;
    return {
      get tabs(): TabsState {
        return store.value;
      },
      keepTabs: (part: Partial<TabsState>) => store.update(part),
      warn: (message: string) => this.#notify('warning', message),
    };
  }

  #listener(): SocketListener {
    return {
      connection: (state) => this.#connectionChanged(state),
      session: (session) => this.#sessionChanged(session),
      terminals: (terminals) => this.#tabs?.list(terminals),
      'terminal:output': (output) => this.#tabs?.output(output),
      'terminal:screen': (screen) => this.#tabs?.redraw(screen),
      tasks: (tasks) => this.#tasksChanged(tasks),
      usage: (usage) => this.store.update({ usage }),
      notice: ({ level, message }) => this.#notify(level, message),
      ended: ({ reason }) => this.#ended(reason),
    };
  }

  #updateParts(): void {
    this.#parts.update(this.live ? this.#socket : null);
  }

  #connectionChanged(connection: ConnectionState): void {
    const before = this.state.connection.name;
    this.store.update({ connection });
    this.#updateParts();
    if (connection.name === 'connected') {
      this.#tabs?.connected();
      if (before === 'reconnecting' || before === 'offline') {
        this.#announce('The connection is back.');
        void this.#renewLesson();
      }
      return;
    }
    this.#tabs?.disconnected();
    if (connection.name === 'refused') this.#ended(connection.reason);
    else if (before === 'connected') this.#announce('The connection is lost. Trying again.');
  }

  #sessionChanged(session: SessionView): void {
    const before = this.state.session?.state;
    this.store.update({ session });
    this.#updateParts();
    if (before !== session.state && session.state === 'running') this.#announce('The machine is running.');
    this.#tabs?.machine(session.state === 'running');
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

  #notify(level: Notice['level'], message: string): void {
    this.#noticeCount += 1;
    const notice: Notice = { id: this.#noticeCount, level, message };
    this.store.update({ notices: [...this.state.notices.slice(1 - NOTICES_MAX), notice] });
  }

  #announce(announcement: string): void {
    this.store.update({ announcement });
  }
}
