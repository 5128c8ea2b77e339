import { io, type Socket } from 'socket.io-client';

import type {
  AnswerView,
  ClientToServer,
  LessonStanding,
  Reply,
  ServerToClient,
  SessionView,
  TaskView,
} from '../../server/protocol.ts';
import { messageOf } from '../failure.ts';
import { Shell } from './shell.ts';

type Page = Socket<ServerToClient, ClientToServer>;

/** How long a machine may take to start, or a step to be made ready, in milliseconds; a busy host needs the most of it. */
const READY_MAX_MS = 60_000;

/** A learner without a browser: a machine of a lesson, its page’s connection, and shells in it. One cookie, one machine. */
export class Learner {
  readonly #url: string;
  readonly #cookie: string;
  readonly #session: string;
  readonly #page: Page;
  readonly #changed = new Set<() => void>();
  #exercises: readonly TaskView[] = [];
  #standing: LessonStanding = { values: {}, steps: {} };

  private constructor(
    url: string,
    cookie: string,
    session: string,
    headers: Readonly<Record<string, string>>,
  ) {
    this.#url = url;
    this.#cookie = cookie;
    this.#session = session;
    this.#page = io(url, {
      transports: ['websocket'],
      forceNew: true,
      auth: { session },
      extraHeaders: { ...headers, origin: url, cookie },
    });
    this.#page.on('tasks', (exercises) => {
      this.#exercises = exercises;
      this.#tell();
    });
    this.#page.on('lesson:standing', (standing) => {
      this.#standing = standing;
      this.#tell();
    });
  }

  /**
   * Opens `lesson` at the service of `url`, on a new machine; `headers` go with the requests, as a proxy's would. Rejects
   * with the server's sentence when it gives none, and at once when the host is full.
   */
  static async open(
    url: string,
    lesson: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Learner> {
    const response = await fetch(`${url}/api/sessions`, {
      method: 'POST',
      headers: { ...headers, origin: url, 'content-type': 'application/json' },
      body: JSON.stringify({ lesson }),
    });
    const body = (await response.json()) as SessionView & { readonly error?: string };
    if (response.status === 202)
      throw new Error('The host is full: there would be a queue for this machine.');
    if (!response.ok) throw new Error(body.error ?? `The server answered ${response.status}.`);
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const learner = new Learner(url, cookie, body.id, headers);
    try {
      await learner.until(() => learner.#exercises.length > 0 && learner.#page.connected, READY_MAX_MS);
    } catch (error) {
      await learner.close();
      throw new Error(`The machine of the lesson did not start: ${messageOf(error)}`, { cause: error });
    }
    return learner;
  }

  get session(): string {
    return this.#session;
  }

  /** The page's connection, for what else a page does. */
  get page(): Page {
    return this.#page;
  }

  exercise(id: string): TaskView | undefined {
    return this.#exercises.find((each) => each.id === id);
  }

  isDone(id: string): boolean {
    return this.exercise(id)?.state === 'done';
  }

  /** All that the server says of an exercise at this moment. */
  saidOf(id: string): string[] {
    const view = this.exercise(id);
    if (!view) return [];
    const { findings, advice = [], deadEnd } = view;
    return [
      ...findings.map(({ message }) => message),
      ...advice,
      ...(deadEnd === undefined ? [] : [deadEnd]),
    ];
  }

  /** What `{{name}}` stands for. */
  get values(): LessonStanding['values'] {
    return this.#standing.values;
  }

  async openShell(): Promise<Shell> {
    return Shell.open(this.#page);
  }

  /** Makes ready what the step needs, and waits for it. */
  async begin(step: string): Promise<void> {
    answerOf((await this.#page.timeout(READY_MAX_MS).emitWithAck('lesson:begin', { step })) as Reply<null>);
    const standing = () => this.#standing.steps[step];
    await this.until(() => standing()?.state === 'ready' || standing()?.state === 'failed', READY_MAX_MS);
    if (standing()?.state === 'failed')
      throw new Error(`The step \`${step}\` could not be made ready. ${standing()?.problem ?? ''}`);
  }

  async answer(id: string, answer: readonly number[] | string): Promise<AnswerView> {
    const reply: unknown = await this.#page
      .timeout(READY_MAX_MS)
      .emitWithAck('lesson:answer', { id, answer });
    return answerOf(reply as Reply<AnswerView>);
  }

  /** Saves the file of this number in the machine, as the button beside it does. */
  async save(file: number): Promise<void> {
    answerOf((await this.#page.timeout(READY_MAX_MS).emitWithAck('lesson:save', { file })) as Reply<null>);
  }

  /** Resolves when `holds` after something that the server told; rejects after `limitMs`. */
  until(holds: () => boolean, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#changed.delete(look);
      };
      const look = () => {
        if (!holds()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`nothing came of it in ${limitMs / 1000} seconds.`));
      }, limitMs);
      this.#changed.add(look);
      this.#page.on('connect', look);
      look();
    });
  }

  /** Ends the machine. */
  async close(): Promise<void> {
    this.#page.disconnect();
    await fetch(`${this.#url}/api/sessions/${this.#session}`, {
      method: 'DELETE',
      headers: { origin: this.#url, cookie: this.#cookie },
    });
  }

  #tell(): void {
    for (const look of [...this.#changed]) look();
  }
}

function answerOf<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(reply.error);
  return reply.value;
}
