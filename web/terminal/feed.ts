import {
  TERMINAL_INPUT_MAX,
  TERMINAL_WINDOW,
  type ServerToClient,
  type TerminalScreen,
} from '../../server/protocol.ts';
import type { SessionSocket } from '../socket.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What shows a terminal. Calls are drawn in their order; `drawn` is called when what was given is on the screen. */
export interface TerminalFace {
  readonly size: TerminalSize;
  /** Forgets everything and draws `screen` at its own size. */
  restore(screen: TerminalScreen, drawn: () => void): void;
  write(data: string, drawn: () => void): void;
  /** Types a command as the learner would, and presses Enter if so wanted. */
  run(command: string, enter: boolean): void;
  focus(): void;
  /** Whether keys go anywhere at present. */
  setLive(live: boolean): void;
}

type Output = Parameters<ServerToClient['terminal:output']>[0];

/** Acknowledge at once when this much is drawn, … */
const ACKNOWLEDGE_UNITS = TERMINAL_WINDOW / 8;
/** … or after this time: a key press needs no message of its own back. */
const ACKNOWLEDGE_MS = 200;

/**
 * One terminal's way from the socket to its face and back. Whatever happens to the connection, the face has drawn each
 * unit of output exactly once: a screen from `attach` replaces what was there, output follows it by offset, a part
 * that was drawn before is cut off, and a gap attaches anew.
 */
export class TerminalFeed {
  readonly id: string;
  readonly face: TerminalFace;
  readonly #socket: SessionSocket;
  /** Offset of the output that must come next; `null` while not attached. */
  #next: number | null = null;
  /** Counts screens: what is drawn for an earlier one is not acknowledged. */
  #epoch = 0;
  /** Output that came before the answer to an attach was taken in; `null` while none is asked for. */
  #early: Output[] | null = null;
  #drawn = 0;
  #acknowledged = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string, face: TerminalFace, socket: SessionSocket) {
    this.id = id;
    this.face = face;
    this.#socket = socket;
  }

  get attached(): boolean {
    return this.#next !== null;
  }

  /** Asks for the screen as it is now, and for output from there on. Rejects with a sentence. */
  async attach(): Promise<void> {
    this.detach();
    const epoch = this.#epoch;
    const early: Output[] = [];
    this.#early = early;
    const screen = await this.#socket.ask('terminal:attach', { id: this.id, ...this.face.size });
    if (epoch !== this.#epoch) return;
    this.#early = null;
    this.#draw(screen);
    for (const output of early) this.output(output);
  }

  /** The connection is gone, or the terminal is: nothing that still arrives counts. */
  detach(): void {
    this.#epoch += 1;
    this.#next = null;
    this.#early = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.face.setLive(false);
  }

  output(output: Output): void {
    this.#early?.push(output);
    if (this.#next === null) return;
    const { offset, data } = output;
    if (offset > this.#next) {
      // Cannot happen on an ordered connection; if it does, the screen of the server is right.
      void this.attach().catch(() => undefined);
      return;
    }
    const fresh = data.slice(this.#next - offset);
    if (fresh === '') return;
    this.#next += fresh.length;
    this.face.write(fresh, this.#acknowledger(this.#next));
  }

  /** The server gave up on sending what this page is behind, and sends the screen instead. */
  redraw(screen: TerminalScreen): void {
    if (this.#next === null) return;
    this.#epoch += 1;
    this.#draw(screen);
  }

  input(data: string): void {
    for (const part of inputParts(data)) this.#socket.tell('terminal:input', { id: this.id, data: part });
  }

  resize(size: TerminalSize): void {
    if (this.attached) this.#socket.tell('terminal:resize', { id: this.id, ...size });
  }

  #draw(screen: TerminalScreen): void {
    this.#next = screen.offset;
    this.#drawn = 0;
    this.#acknowledged = 0;
    this.face.restore(screen, this.#acknowledger(screen.offset));
    this.face.setLive(true);
  }

  #acknowledger(offset: number): () => void {
    const epoch = this.#epoch;
    return () => {
      if (epoch === this.#epoch) this.#drew(offset);
    };
  }

  #drew(offset: number): void {
    this.#drawn = offset;
    if (offset - this.#acknowledged >= ACKNOWLEDGE_UNITS) this.#acknowledge();
    else this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_MS);
  }

  #acknowledge(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#acknowledged = this.#drawn;
    this.#socket.tell('terminal:acknowledge', { id: this.id, offset: this.#drawn });
  }
}

/** Parts no longer than the server takes, never between the two halves of a character. */
export function* inputParts(data: string, longest = TERMINAL_INPUT_MAX): Generator<string> {
  let from = 0;
  while (from < data.length) {
    let to = Math.min(from + longest, data.length);
    if (to < data.length && isHighSurrogate(data.charCodeAt(to - 1))) to -= 1;
    yield data.slice(from, to);
    from = to;
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
