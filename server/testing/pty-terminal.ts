import type { Duplex } from 'node:stream';
import { spawn, type IPty } from 'node-pty';
import {
  TERMINAL_BACKLOG_BYTES,
  type TerminalInfo,
  type TerminalOptions,
} from '../../sandbox/engine/routes.ts';

/** A real shell behind the engine double, kept as the engine keeps one. */
export class PtyTerminal {
  readonly id: string;
  readonly #pty: IPty;
  readonly #sockets = new Set<Duplex>();
  #backlog = Buffer.alloc(0);
  #printed = 0;
  #exitCode: number | undefined;

  constructor(id: string, { columns, rows }: TerminalOptions, command: { file: string; args: string[] }) {
    this.id = id;
    this.#pty = spawn(command.file, command.args, {
      cols: columns,
      rows,
      // Bytes, not text: the server decodes.
      encoding: null,
      name: 'xterm-256color',
      env: { PATH: process.env.PATH ?? '', HOME: '/tmp', LANG: 'C.UTF-8', TERM: 'xterm-256color', PS1: '$ ' },
      cwd: '/tmp',
    });
    // Typed as text; with `encoding: null` it is bytes.
    this.#pty.onData((data) => this.#take(data as unknown as Buffer));
    this.#pty.onExit(({ exitCode }) => {
      this.#exitCode = exitCode;
      for (const socket of this.#sockets) socket.end();
    });
  }

  get info(): TerminalInfo {
    const { cols, rows } = this.#pty;
    const info = { id: this.id, offset: this.#printed, columns: cols, rows };
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
    socket.on('data', (data: Buffer) => this.#pty.write(data));
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
    if (this.#exitCode === undefined) this.#pty.resize(columns, rows);
  }

  close(): void {
    if (this.#exitCode === undefined) this.#pty.kill('SIGHUP');
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(data: Buffer): void {
    this.#printed += data.length;
    this.#backlog = Buffer.concat([this.#backlog, data]).subarray(-TERMINAL_BACKLOG_BYTES);
    for (const socket of this.#sockets) socket.write(data);
    this.#regulate();
  }

  /** The slowest reader holds the shell. */
  #regulate(): void {
    if ([...this.#sockets].some((socket) => socket.writableNeedDrain)) this.#pty.pause();
    else this.#pty.resume();
  }
}
