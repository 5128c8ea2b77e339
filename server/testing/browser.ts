import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';
import type {
  ClientToServer,
  Reply,
  ServerToClient,
  SessionView,
  TerminalScreen,
  TerminalView,
} from '../protocol.ts';

export type PageSocket = Socket<ServerToClient, ClientToServer>;

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** One learner's browser: keeps the cookie, and says where its requests come from as a browser does. */
export class TestBrowser {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #sockets: PageSocket[] = [];
  cookie: string | undefined;

  /** `headers` go with every request and connection, as a proxy's would. */
  constructor(url: string, cookie?: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#headers = headers;
    this.cookie = cookie;
  }

  async request<T = unknown>(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...this.#headers,
        ...(method === 'GET' ? {} : { origin: this.#url }),
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(';')[0];
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }

  async createSession(lesson: string | null = null): Promise<SessionView> {
    return (await this.request<SessionView>('POST', '/api/sessions', { body: { lesson } })).body;
  }

  /** A page on a session; not connected yet. */
  page(session: string, headers: Record<string, string> = {}): PageSocket {
    const socket: PageSocket = io(this.#url, {
      transports: ['websocket'],
      forceNew: true,
      autoConnect: false,
      auth: { session },
      reconnectionDelay: 20,
      reconnectionDelayMax: 50,
      extraHeaders: {
        ...this.#headers,
        origin: this.#url,
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...headers,
      },
    });
    this.#sockets.push(socket);
    return socket;
  }

  async connect(session: string): Promise<PageSocket> {
    const socket = this.page(session);
    const connected = once(socket as never, 'connect');
    socket.connect();
    await connected;
    return socket;
  }

  close(): void {
    for (const socket of this.#sockets) socket.disconnect();
  }
}

export async function openTerminal(socket: PageSocket): Promise<TerminalView> {
  return value(await socket.emitWithAck('terminal:open', { columns: 80, rows: 24 }));
}

function value<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(reply.error);
  return reply.value;
}

/** What a page shows of one terminal: the text since it attached, checked for gaps and overlaps. */
export class TerminalTail {
  readonly #socket: PageSocket;
  readonly #id: string;
  /** Acknowledges what it gets, as a page that draws at once. */
  acknowledging = true;
  screen: TerminalScreen | undefined;
  /** Output after `screen`. */
  text = '';
  screens = 0;
  #end = 0;

  constructor(socket: PageSocket, id: string) {
    this.#socket = socket;
    this.#id = id;
    socket.on('terminal:output', (message) => {
      if (message.id === id) this.#take(message.offset, message.data);
    });
    socket.on('terminal:screen', ({ id: of, ...screen }) => {
      if (of === id) this.#show(screen);
    });
  }

  attach(columns = 80, rows = 24): Promise<TerminalScreen> {
    return new Promise((resolve, reject) => {
      this.#socket.emit('terminal:attach', { id: this.#id, columns, rows }, (reply) => {
        if (reply.ok) {
          this.#show(reply.value);
          resolve(reply.value);
        } else reject(new Error(reply.error));
      });
    });
  }

  get end(): number {
    return this.#end;
  }

  type(data: string): void {
    this.#socket.emit('terminal:input', { id: this.#id, data });
  }

  acknowledge(): void {
    this.#socket.emit('terminal:acknowledge', { id: this.#id, offset: this.#end });
  }

  #show(screen: TerminalScreen): void {
    this.screen = screen;
    this.screens += 1;
    this.text = '';
    this.#end = screen.offset;
  }

  #take(offset: number, data: string): void {
    if (offset !== this.#end) throw new Error(`Output at ${offset} follows what ended at ${this.#end}.`);
    this.text += data;
    this.#end += data.length;
    if (this.acknowledging) this.acknowledge();
  }
}

/** Resolves when `condition` holds; looks every few milliseconds. */
export async function until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Not in ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
