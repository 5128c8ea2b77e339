import type { Duplex } from 'node:stream';
import { Pty } from '../../sandbox/container/pty.ts';
import {
  TERMINAL_BACKLOG_BYTES,
  type TerminalInfo,
  type TerminalOptions,
} from '../../sandbox/engine/routes.ts';

/** A real shell behind the engine double, kept as the engine keeps one. */
export class PtyTerminal {
  readonly id: string;
  readonly #pty: Pty;
  readonly #size: { columns: number; rows: number };
  readonly #sockets = new Set<Duplex>();
  #backlog = Buffer.alloc(0);
  #printed = 0;
  #exitCode: number | undefined;

  constructor(
    id: string,
    { columns, rows }: TerminalOptions,
    command: { file: string; args: string[]; cwd: string },
  ) {
    this.id = id;
    this.#size = { columns, rows };
    this.#pty = new Pty({
      ...command,
      columns,
      rows,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: command.cwd,
        LANG: 'C.UTF-8',
        TERM: 'xterm-256color',
        PS1: '$ ',
      },
    });
    this.#pty.output.on('data', (data: Buffer) => this.#take(data));
    this.#pty.output.on('end', () => void this.#finish());
  }

  get info(): TerminalInfo {
    const info = { id: this.id, offset: this.#printed, ...this.#size };
    return this.#exitCode === undefined ? info : { ...info, exitCode: this.#exitCode };
  }

  attach(socket: Duplex, from: number): void {
    const oldest = this.#printed - this.#backlog.length;
    const start = Math.min(Math.max(from, oldest), this.#printed);
    socket.write(
      `HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nSlipway-Offset: ${start}\r\n\r\n`,
    );
    socket.write(this.#backlog.subarray(start - oldest));
    socket.on('error', () => undefined);
    if (this.#exitCode !== undefined) return void socket.end();
    this.#sockets.add(socket);
    socket.on('data', (data: Buffer) => void this.#pty.write(data));
    socket.on('drain', () => this.#regulate());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#regulate();
    });
  }

  /** Breaks all connections, as a lost engine would. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.#size, { columns, rows });
    this.#pty.resize(columns, rows);
  }

  close(): void {
    if (this.#exitCode === undefined) process.kill(this.#pty.pid, 'SIGHUP');
    for (const socket of this.#sockets) socket.destroy();
  }

  async #finish(): Promise<void> {
    this.#exitCode = (await this.#pty.exited).code;
    for (const socket of this.#sockets) socket.end();
  }

  #take(data: Buffer): void {
    this.#printed += data.length;
    this.#backlog = Buffer.concat([this.#backlog, data]).subarray(-TERMINAL_BACKLOG_BYTES);
    for (const socket of this.#sockets) socket.write(data);
    this.#regulate();
  }

  /** The slowest reader holds the shell. */
  #regulate(): void {
    if ([...this.#sockets].some((socket) => socket.writableNeedDrain)) this.#pty.output.pause();
    else this.#pty.output.resume();
  }
}
