import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { readObject } from '../api/body.ts';
import { integer } from '../api/query.ts';
import { sendJson, sendNothing } from '../api/respond.ts';
import type { Call, Route } from '../api/router.ts';
import { ConnectionSink } from '../container/attachment.ts';
import { Pty } from '../container/pty.ts';
import { CHILD_OOM_SCORE } from '../container/spec.ts';
import { Output } from '../container/streams.ts';
import { EngineError } from '../oci/errors.ts';
import { Backlog } from './backlog.ts';
import type { TerminalInfo } from './routes.ts';
import { TERMINAL_BACKLOG_BYTES } from './routes.ts';

/** More than anyone opens by hand; each one is a shell and its memory. */
const MAX_TERMINALS = 32;
const MAX_SIZE = 1000;

export interface TerminalsOptions {
  /** Added to what a login shell needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
}

/** A login shell and what it printed. */
class Terminal {
  readonly id = randomBytes(8).toString('hex');
  readonly #pty: Pty;
  readonly #output = new Output();
  readonly #backlog = new Backlog(TERMINAL_BACKLOG_BYTES);
  #size: { columns: number; rows: number };
  #exitCode: number | undefined;

  constructor(size: { columns: number; rows: number }, options: TerminalsOptions) {
    this.#size = size;
    this.#pty = new Pty({
      file: '/bin/bash',
      args: ['-l'],
      env: shellEnv(options),
      cwd: options.home,
      ...size,
    });
    void writeFile(`/proc/${this.#pty.pid}/oom_score_adj`, String(CHILD_OOM_SCORE)).catch(() => undefined);
    // First in line, so that nobody attached is ever ahead of the backlog.
    this.#output.attach({ write: (chunk) => this.#backlog.push(chunk), end: () => undefined });
    void this.#run();
  }

  get info(): TerminalInfo {
    const base = { id: this.id, offset: this.#backlog.end, ...this.#size };
    return this.#exitCode === undefined ? base : { ...base, exitCode: this.#exitCode };
  }

  /** The oldest byte still held, from `wish` on. */
  offsetFrom(wish: number): number {
    return Math.min(Math.max(wish, this.#backlog.start), this.#backlog.end);
  }

  /** What was printed from `from` on, then all that follows, until either side ends. */
  attach(connection: Duplex, from: number): void {
    const past = this.#backlog.read(from);
    if (past.byteLength > 0) connection.write(past);
    if (this.#exitCode !== undefined) {
      connection.end();
      return;
    }
    const detach = this.#output.attach(new ConnectionSink(connection, undefined, () => connection.end()));
    connection.once('close', detach);
    void this.#copyInput(connection);
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#pty.resize(columns, rows);
  }

  close(): void {
    for (const target of [-this.#pty.pid, this.#pty.pid]) {
      try {
        process.kill(target, 'SIGHUP');
      } catch {
        // It has ended already.
      }
    }
    // The kernel hangs up on whatever else still has the terminal.
    this.#pty.output.destroy();
  }

  async #run(): Promise<void> {
    const [exit] = await Promise.all([this.#pty.exited, this.#output.pump(this.#pty.output)]);
    this.#exitCode = exit.signal === 0 ? exit.code : 128 + exit.signal;
    this.#output.end();
  }

  async #copyInput(connection: Duplex): Promise<void> {
    try {
      for await (const chunk of connection as AsyncIterable<Buffer>) await this.#pty.write(chunk);
    } catch {
      // A cut connection: the shell goes on, and the page attaches again.
    }
  }
}

function shellEnv({ env, home }: TerminalsOptions): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    USER: 'root',
    LOGNAME: 'root',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    ...env,
  };
}

/** The session's terminals and their routes, for the web server alone. */
export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #terminals = new Map<string, Terminal>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  readonly routes: Route[] = [
    { method: 'POST', path: '/slipway/terminals', handle: (call) => this.#open(call) },
    {
      method: 'GET',
      path: '/slipway/terminals',
      handle: async (call) =>
        sendJson(
          call.response,
          200,
          [...this.#terminals.values()].map(({ info }) => info),
        ),
    },
    { method: 'POST', path: '/slipway/terminals/:id/attach', handle: (call) => this.#attach(call) },
    { method: 'POST', path: '/slipway/terminals/:id/resize', handle: (call) => this.#resize(call) },
    { method: 'DELETE', path: '/slipway/terminals/:id', handle: (call) => this.#delete(call) },
  ];

  closeAll(): void {
    for (const terminal of this.#terminals.values()) terminal.close();
    this.#terminals.clear();
  }

  async #open(call: Call): Promise<void> {
    const { columns, rows } = await readObject(call);
    if (this.#terminals.size >= MAX_TERMINALS) {
      throw new EngineError(
        'conflict',
        `There are ${MAX_TERMINALS} terminals already; close one of them first.`,
      );
    }
    const terminal = new Terminal(checkSize(Number(columns), Number(rows)), this.#options);
    this.#terminals.set(terminal.id, terminal);
    sendJson(call.response, 201, terminal.info);
  }

  async #attach(call: Call): Promise<void> {
    const terminal = this.#get(call);
    const from = terminal.offsetFrom(integer(call.query, 'from') ?? 0);
    call.response.setHeader('Slipway-Offset', String(from));
    terminal.attach(call.hijack('application/octet-stream'), from);
  }

  async #resize(call: Call): Promise<void> {
    const size = checkSize(integer(call.query, 'columns') ?? 0, integer(call.query, 'rows') ?? 0);
    this.#get(call).resize(size.columns, size.rows);
    sendNothing(call.response);
  }

  async #delete(call: Call): Promise<void> {
    const terminal = this.#get(call);
    this.#terminals.delete(terminal.id);
    terminal.close();
    sendNothing(call.response);
  }

  #get(call: Call): Terminal {
    const id = call.params.id ?? '';
    const terminal = this.#terminals.get(id);
    if (!terminal) throw new EngineError('not-found', `No such terminal: ${id}`);
    return terminal;
  }
}

function checkSize(columns: number, rows: number): { columns: number; rows: number } {
  const fits = (value: number) => Number.isInteger(value) && value >= 1 && value <= MAX_SIZE;
  if (!fits(columns) || !fits(rows)) {
    throw new EngineError('invalid', `A terminal has between 1 and ${MAX_SIZE} columns and rows.`);
  }
  return { columns, rows };
}
