import headless from '@xterm/headless';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { TERMINAL_WINDOW } from '../protocol.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { openTerminal, TerminalTail, TestBrowser, until, type PageSocket } from '../testing/browser.ts';
import { EngineClient } from '../engine/client.ts';
import { Screen } from './screen.ts';
import { measureAsPages } from './widths.ts';
import { LAG_MAX, Terminal } from './terminal.ts';

// Shells and sockets on a machine that may have much else to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestServer;
let browser: TestBrowser;
afterEach(() => browser.close());
let session: string;
let page: PageSocket;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());
beforeEach(async () => {
  browser = new TestBrowser(server.url);
  session = (await browser.createSession()).id;
  page = await browser.connect(session);
});

const engine = () => {
  const found = server.supervisor.engines.get(session);
  if (!found) throw new Error('The session does not run.');
  return found;
};

/** The lines that a page shows which drew `tail.screen` and then `tail.text`. */
async function shown(tail: TerminalTail): Promise<string[]> {
  const { screen = '', columns = 80, rows = 24 } = tail.screen ?? {};
  const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  measureAsPages(terminal);
  await new Promise<void>((resolve) => terminal.write(screen + tail.text, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from(
    { length: active.length },
    (_, row) => active.getLine(row)?.translateToString(true) ?? '',
  );
  return lines.join('\n').trimEnd().split('\n');
}

async function open(): Promise<TerminalTail> {
  const { id } = await openTerminal(page);
  const tail = new TerminalTail(page, id);
  await tail.attach();
  return tail;
}

describe('one page', () => {
  test('types and sees', async () => {
    const tail = await open();
    tail.type('echo $((6*7)) größer 🐳\r');
    await until(() => tail.text.includes('42 größer 🐳'), 'the answer');
  });

  test('a window dragged to and fro is followed at a pace, and to its last size', async () => {
    const { id } = await openTerminal(page);
    const tail = new TerminalTail(page, id);
    await tail.attach();
    const resized = vi.spyOn(Screen.prototype, 'resize');
    for (let i = 0; i < 400; i += 1) {
      page.emit('terminal:resize', { id, columns: 80 + (i % 40), rows: 24 });
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    page.emit('terminal:resize', { id, columns: 99, rows: 33 });
    await until(() => resized.mock.lastCall?.[0].columns === 99, 'the last size');
    expect(resized.mock.calls.length).toBeLessThan(40);
    resized.mockRestore();
    tail.type('clear; stty size\r');
    await until(() => tail.text.includes('33 99'), 'the size in the shell');
  });

  test('a shell that ends stays to be read, until it is closed', async () => {
    const tail = await open();
    const lists: unknown[] = [];
    page.on('terminals', (list) => lists.push(list));
    tail.type('echo last words; exit\r');
    await until(() => lists.length === 1, 'the end');
    expect(lists[0]).toEqual([{ id: 't1', ended: true }]);
    expect((await tail.attach()).screen).toContain('last words');
    page.emit('terminal:close', { id: 't1' });
    await until(() => lists.length === 2, 'the closing');
    expect(lists[1]).toEqual([]);
  });

  test('the size is the one of the page that was used last', async () => {
    const tail = await open();
    const other = await browser.connect(session);
    const wide = new TerminalTail(other, 't1');
    await wide.attach(132, 40);
    wide.type('stty size\r');
    await until(() => wide.text.includes('40 132'), 'the size of the other page');
    tail.type('stty size\r');
    await until(() => tail.text.includes('24 80'), 'the size of the first page');
  });

  test('the server answers what programs ask of a terminal, once', async () => {
    const tail = await open();
    const other = new TerminalTail(await browser.connect(session), 't1');
    await other.attach();
    tail.type(
      `stty -echo; printf '\\033[c'; read -rs -n 7 -t 2 answer; printf '%q|' "$answer"; read -rs -n1 -t 0.3 more; echo "[$more]"\r`,
    );
    // What the emulators of the pages say to the same question:
    await until(() => tail.text.includes('\x1b[c'), 'the question');
    tail.type('\x1b[?1;2c');
    other.type('\x1b[?1;2c');
    await until(() => tail.text.includes('|[]'), 'one answer');
    expect(tail.text).toContain(`$'\\E[?1;2c'|[]`);
  });
});

describe('reconnecting', () => {
  test('a page that comes back sees what it would have seen', async () => {
    const tail = await open();
    tail.type('for i in 1 2 3 4 5 6; do echo line-$i; sleep 0.05; done\r');
    await until(() => tail.text.includes('line-2'), 'a first part');
    page.io.engine.close();
    await until(() => !page.connected, 'the cut');
    await until(() => page.connected, 'the new connection');
    await tail.attach();
    await until(
      () => tail.text.includes('line-6') || tail.screen?.screen.includes('line-6') === true,
      'the rest',
    );
    const lines = await shown(tail);
    expect(lines.filter((line) => line.startsWith('line-'))).toEqual(
      [1, 2, 3, 4, 5, 6].map((i) => `line-${i}`),
    );
  });

  test('a lost connection to the engine loses nothing', async () => {
    const tail = await open();
    tail.type('for i in 1 2 3 4 5 6; do echo line-$i; sleep 0.05; done; echo fin\u00efshed\r');
    await until(() => tail.text.includes('line-2'), 'a first part');
    engine().terminals.get('t1')?.cut();
    await until(() => tail.text.includes('\r\nfin\u00efshed'), 'the rest');
    expect(tail.text.match(/[\r\n]line-\d/g)).toHaveLength(6);
    tail.type('echo and input $((1+1))\r');
    await until(() => tail.text.includes('and input 2'), 'an answer');
  });

  test('a server that was started anew finds the shells', async () => {
    const tail = await open();
    tail.type('mark=kept; echo before; printf "\\033[c"; cat >/dev/null\r');
    await until(() => /[\r\n]before/.test(tail.text), 'output');
    const connected = new Promise<void>((resolve) => page.once('connect', resolve));
    await server.restart();
    await connected;
    const screen = await tail.attach();
    expect(screen.screen).toContain('before');
    // The question of before is not answered a second time into the program of now.
    tail.type('\x03');
    // The interrupt drops what was typed and not read: wait for the prompt.
    await until(() => tail.text.includes('$ '), 'a prompt');
    tail.type('echo is-$mark\r');
    await until(() => tail.text.includes('is-kept'), 'the same shell');
    expect(tail.text).not.toContain('1;2c');
  });
});

describe('flow control', () => {
  test('a page that does not draw holds the program, and nothing grows', async () => {
    const tail = await open();
    await until(() => tail.text.endsWith('$ ') || tail.screen?.screen.endsWith('$ ') === true, 'a prompt');
    const drawn = tail.end;
    tail.acknowledging = false;
    tail.type('yes\r');
    await until(() => tail.end - drawn >= TERMINAL_WINDOW, 'a full window');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(tail.end - drawn).toBe(TERMINAL_WINDOW);
    // The sockets in between fill up, then the program stands still.
    let before: number | undefined;
    await vi.waitFor(
      async () => {
        before = engine().terminals.get('t1')?.info.offset;
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(engine().terminals.get('t1')?.info.offset).toBe(before);
      },
      { timeout: 10_000 },
    );
    expect(before).toBeLessThan(8 * TERMINAL_WINDOW);

    // Held, not frozen: Ctrl+C arrives, and drawing goes on.
    tail.acknowledging = true;
    tail.acknowledge();
    tail.type('\x03');
    await until(() => tail.text.includes('^C'), 'the interrupt');
    await until(() => tail.text.endsWith('$ '), 'a prompt');
    tail.type('echo done-$((1+1))\r');
    await until(() => tail.text.includes('done-2'), 'the end');
  });

  test('a slow page does not hold a quick one, and gets the screen anew', async () => {
    const quick = await open();
    const slowPage = await browser.connect(session);
    const slow = new TerminalTail(slowPage, 't1');
    await slow.attach();
    slow.acknowledging = false;
    const drawn = slow.text.length;
    quick.type(
      `seq -f 'number %.0f of very many' 1 ${Math.ceil((LAG_MAX * 1.5) / 20)}; echo over-$((1+1))\r`,
    );
    await until(() => quick.text.includes('over-2'), 'the end for the quick page');
    expect(slow.text.length - drawn).toBeLessThanOrEqual(TERMINAL_WINDOW);
    slow.acknowledging = true;
    slow.acknowledge();
    await until(() => slow.screens === 2, 'a new screen');
    await until(() => slow.end === quick.end, 'the same end');
    expect((await shown(slow)).slice(-30)).toEqual((await shown(quick)).slice(-30));
  });

  test('nobody looks: the program goes on', async () => {
    const tail = await open();
    tail.type('seq 1 100000; echo over-$((1+1))\r');
    await until(() => tail.text.length > 100, 'a beginning');
    page.disconnect();
    const back = await browser.connect(session);
    const again = new TerminalTail(back, 't1');
    await until(() => (engine().terminals.get('t1')?.info.offset ?? 0) > 588_895, 'all of it');
    await again.attach();
    await until(() => `${again.screen?.screen ?? ''}${again.text}`.includes('over-2'), 'the end');
  });

  test('input for a program that does not read is bounded', async () => {
    const tail = await open();
    const notices: unknown[] = [];
    page.on('notice', (notice) => notices.push(notice));
    tail.type("stty raw -echo; echo ra''w; sleep 100\r");
    await until(() => tail.text.includes('raw\n'), 'a program that does not read');
    for (let i = 0; i < 100; i += 1) tail.type('x'.repeat(32 * 1024));
    await until(() => notices.length > 0, 'a notice');
    expect(notices).toHaveLength(1);
  });
});

describe('a snapshot and what follows', () => {
  /** A feed under the test's own control in place of an engine. */
  function terminalWith(): { terminal: Terminal; feed: (bytes: Buffer) => void } {
    const terminal = new Terminal({
      engine: new EngineClient('/nowhere/engine.sock'),
      id: 't1',
      size: { columns: 20, rows: 5 },
      printed: 0,
      ended: false,
      onEnded: () => undefined,
    });
    return { terminal, feed: (bytes) => terminal.receive(bytes) };
  }

  const piece = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      '\r\n',
      '🐳 größe ',
      '\x1b[31mred\x1b[0m',
      // Two things are beyond the serialize add-on and not tried here: a whole line erased before a wide letter wraps
      // out of it, and a cursor that waits behind the last column with text in the lines below.
      '\x1b[K',
      '\x1b[5;3Hhere',
      '\t',
      '漢字',
    ),
  );

  test('make the same picture, wherever bytes are cut and pages come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
        fc.nat(),
        async (pieces, cuts, when) => {
          const bytes = Buffer.from(pieces.join(''));
          const { terminal, feed } = terminalWith();
          let screen = '';
          let end = -1;
          let text = '';
          let attached: Promise<void> | undefined;
          const face = {
            output: ({ offset, data }: { offset: number; data: string }) => {
              expect(offset).toBe(end);
              end += data.length;
              text += data;
            },
            screen: () => expect.unreachable(),
          };
          const attach = () =>
            terminal.attach(face, { columns: 20, rows: 5 }, (answer) => {
              screen = answer.screen;
              end = answer.offset;
            });
          for (let at = 0; at < bytes.length;) {
            const size = cuts.next().value as number;
            if (attached === undefined && at >= when % (bytes.length + 1)) attached = attach();
            feed(bytes.subarray(at, at + size));
            at += size;
            if (size === 7) await new Promise((resolve) => setImmediate(resolve));
          }
          await (attached ?? attach());
          const direct = await draw(bytes.toString());
          const indirect = await draw(screen, text);
          expect(indirect).toEqual(direct);
          terminal.dispose();
        },
      ),
      // Always the same pieces: the add-on has known limits, and a new one should be met on purpose, not by a dice.
      { numRuns: 150, seed: 20261121 },
    );
  });

  /** Lines without blanks at their ends: a blank that was written looks like a place where nothing was. */
  async function draw(...texts: string[]): Promise<string[]> {
    const terminal = new headless.Terminal({ cols: 20, rows: 5, scrollback: 10_000, allowProposedApi: true });
    measureAsPages(terminal);
    for (const text of texts) await new Promise<void>((resolve) => terminal.write(text, resolve));
    const { active } = terminal.buffer;
    return Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true).trimEnd() ?? '',
    );
  }
});
