import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TERMINAL_WINDOW, type TerminalScreen } from '../../server/protocol.ts';
import type { SessionSocket } from '../socket.ts';
import { inputParts, TerminalFeed, type TerminalFace } from './feed.ts';

/** A face that draws when the test says so, and remembers what is on it. */
class PlainFace implements TerminalFace {
  text = '';
  live = false;
  readonly size = { columns: 80, rows: 24 };
  #pending: (() => void)[] = [];

  restore({ screen }: TerminalScreen, drawn: () => void): void {
    this.#pending.push(() => {
      this.text = screen;
      drawn();
    });
  }

  write(data: string, drawn: () => void): void {
    this.#pending.push(() => {
      this.text += data;
      drawn();
    });
  }

  draw(): void {
    for (const step of this.#pending.splice(0)) step();
  }

  readonly run = () => undefined;
  readonly focus = () => undefined;
  setLive(live: boolean): void {
    this.live = live;
  }
}

/** A server's terminal: all output that ever was, and what it has been told. */
class PlainSocket implements SessionSocket {
  connected = true;
  everything = '';
  readonly told: (readonly [string, unknown])[] = [];

  tell(event: string, message: unknown): void {
    if (this.connected) this.told.push([event, message]);
  }

  ask(): Promise<never> {
    if (!this.connected) return Promise.reject(new Error('The connection is lost.'));
    const screen: TerminalScreen = {
      screen: this.everything,
      columns: 80,
      rows: 24,
      offset: this.everything.length,
    };
    return Promise.resolve(screen as never);
  }

  readonly listen = () => () => undefined;
  readonly retry = () => undefined;
  readonly close = () => undefined;
}

function setUp() {
  const socket = new PlainSocket();
  const face = new PlainFace();
  const feed = new TerminalFeed('t1', face, socket);
  /** New output of the program; `heard` tells whether this page gets it. */
  const output = (data: string, heard = true): void => {
    const offset = socket.everything.length;
    socket.everything += data;
    if (heard) feed.output({ id: 't1', offset, data });
  };
  return { socket, face, feed, output };
}

describe('TerminalFeed', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('draws the screen and what follows it', async () => {
    const { face, feed, output } = setUp();
    output('before ', false);
    await feed.attach();
    output('after');
    face.draw();
    expect(face.text).toBe('before after');
    expect(face.live).toBe(true);
  });

  it('ignores output before it is attached', () => {
    const { face, output } = setUp();
    output('too early');
    face.draw();
    expect(face.text).toBe('');
  });

  it('takes output that comes with the answer to its attach', async () => {
    const { face, feed, output } = setUp();
    const attaching = feed.attach();
    output('in the same turn');
    await attaching;
    face.draw();
    expect(face.text).toBe('in the same turn');
  });

  it('cuts off what was drawn before', async () => {
    const { face, feed, output } = setUp();
    await feed.attach();
    output('abcdef');
    feed.output({ id: 't1', offset: 4, data: 'efgh' });
    face.draw();
    expect(face.text).toBe('abcdefgh');
  });

  it('attaches anew after a gap', async () => {
    const { face, feed, output } = setUp();
    await feed.attach();
    output('one ');
    output('two ', false);
    output('three');
    await vi.runAllTimersAsync();
    face.draw();
    expect(face.text).toBe('one two three');
  });

  it('forgets the answer to an attach that the connection did not outlive', async () => {
    const { face, feed, output } = setUp();
    const attaching = feed.attach();
    feed.detach();
    await attaching;
    output('not for us');
    face.draw();
    expect(face.text).toBe('');
    expect(feed.attached).toBe(false);
  });

  it('acknowledges what is drawn, much of it at once and a little in a moment', async () => {
    const { socket, face, feed, output } = setUp();
    await feed.attach();
    output('x');
    expect(socket.told).toEqual([]);
    face.draw();
    expect(socket.told).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(socket.told).toEqual([['terminal:acknowledge', { id: 't1', offset: 1 }]]);
    output('y'.repeat(TERMINAL_WINDOW / 2));
    face.draw();
    expect(socket.told.at(-1)).toEqual([
      'terminal:acknowledge',
      { id: 't1', offset: 1 + TERMINAL_WINDOW / 2 },
    ]);
  });

  it('does not acknowledge on a new connection what an old one brought', async () => {
    const { socket, face, feed, output } = setUp();
    await feed.attach();
    output('old');
    feed.detach();
    face.draw();
    vi.advanceTimersByTime(1000);
    expect(socket.told).toEqual([]);
  });

  it('takes the screen of the server when it lags', async () => {
    const { socket, face, feed, output } = setUp();
    await feed.attach();
    output('seen ');
    output('skipped ', false);
    feed.redraw({ screen: socket.everything, columns: 80, rows: 24, offset: socket.everything.length });
    output('next');
    face.draw();
    expect(face.text).toBe('seen skipped next');
  });

  it('loses nothing and doubles nothing, whatever happens to the connection', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('output' as const), data: fc.string({ maxLength: 20 }) }),
      fc.record({ kind: fc.constant('repeat' as const), units: fc.nat(15) }),
      fc.record({ kind: fc.constantFrom('lose', 'cut', 'attach', 'draw', 'redraw') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { socket, face, feed, output } = setUp();
        for (const next of steps) {
          if (next.kind === 'output') output(next.data, socket.connected);
          else if (next.kind === 'repeat') repeatTail(socket, feed, next.units);
          else if (next.kind === 'lose') output('lost', false);
          else if (next.kind === 'draw') face.draw();
          else if (next.kind === 'cut') {
            socket.connected = false;
            feed.detach();
          } else if (next.kind === 'attach') {
            socket.connected = true;
            await feed.attach();
          } else {
            feed.redraw({
              screen: socket.everything,
              columns: 80,
              rows: 24,
              offset: socket.everything.length,
            });
          }
        }
        socket.connected = true;
        await feed.attach();
        output('!');
        face.draw();
        expect(face.text).toBe(socket.everything);
      }),
    );
  });
});

function repeatTail(socket: PlainSocket, feed: TerminalFeed, units: number): void {
  const offset = Math.max(0, socket.everything.length - units);
  if (socket.connected) feed.output({ id: 't1', offset, data: socket.everything.slice(offset) });
}

describe('inputParts', () => {
  it('keeps to the longest message, and characters whole', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.integer({ min: 2, max: 20 }),
        (text, longest) => {
          const parts = [...inputParts(text, longest)];
          expect(parts.join('')).toBe(text);
          for (const part of parts) {
            expect(part.length).toBeLessThanOrEqual(longest);
            expect(/\p{Cs}/u.test(part)).toBe(/\p{Cs}/u.test(text));
          }
        },
      ),
    );
  });
});
