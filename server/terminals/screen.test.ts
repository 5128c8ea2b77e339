import serializeAddon from '@xterm/addon-serialize';
import headless from '@xterm/headless';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Screen, SCROLLBACK_LINES } from './screen.ts';
import { measureAsPages } from './widths.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\r\n');

async function linesKept(screen: Screen): Promise<number> {
  return (await screen.snapshot()).screen.split('\r\n').length;
}

test('keeps ten thousand lines, and fewer of very wide ones', async () => {
  const screen = new Screen({ columns: 100, rows: 24 }, { reply: () => undefined });
  screen.write(lines(SCROLLBACK_LINES + 500));
  expect(await linesKept(screen)).toBe(SCROLLBACK_LINES + 24);
  screen.resize({ columns: 500, rows: 24 });
  expect(await linesKept(screen)).toBe(3200 + 24);
  screen.resize({ columns: 100, rows: 24 });
  screen.write(lines(SCROLLBACK_LINES));
  expect(await linesKept(screen)).toBe(SCROLLBACK_LINES + 24);
  screen.dispose();
});

test('a snapshot is of what was written before it, not after', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, { reply: () => undefined });
  screen.write('before ');
  const snapshot = screen.snapshot();
  screen.write('after');
  expect((await snapshot).screen).toBe('before ');
  screen.dispose();
});

test('modes and the other screen are in a snapshot', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, { reply: () => undefined });
  screen.write('shell\x1b[?1049h\x1b[?2004h\x1b[?1heditor');
  const { screen: snapshot } = await screen.snapshot();
  for (const part of ['shell', 'editor', '\x1b[?1049h', '\x1b[?2004h', '\x1b[?1h'])
    expect(snapshot).toContain(part);
  screen.dispose();
});

test('what is written is counted until it is parsed', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, { reply: () => undefined });
  screen.write('\x1b[1m');
  expect(screen.unparsed).toBe(4);
  await screen.snapshot();
  expect(screen.unparsed).toBe(0);
  screen.dispose();
});

test('a string without end is not kept back for ever', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, { reply: () => undefined });
  for (let i = 0; i < 100; i += 1) screen.write(`${i === 0 ? '\x1b]0;' : ''}${'x'.repeat(10_000)}`);
  expect((await screen.snapshot()).screen.length).toBeLessThan(100_000);
  screen.dispose();
});

test('no program fills the memory with marks on one letter, or with links', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, { reply: () => undefined });
  screen.write('e\u0301\u0323 ok\r\n');
  for (let i = 0; i < 40; i += 1) screen.write('\u0301'.repeat(500));
  screen.write(`\r\n\x1b]8;;https://example.org/${'x'.repeat(5000)}\x07link\x1b]8;;\x07`);
  const { screen: snapshot } = await screen.snapshot();
  expect(snapshot).toContain('e\u0301\u0323 ok');
  expect(snapshot).toContain('link');
  expect(snapshot).not.toContain('example.org');
  expect(/\u0301{33}/.test(snapshot)).toBe(false);
  screen.dispose();
});

test('is as wide as the page: what is two columns there is two columns here', async () => {
  const replies: string[] = [];
  const screen = new Screen({ columns: 80, rows: 24 }, { reply: (data) => replies.push(data) });
  screen.write('\u{1f680}\u{1f680}\x1b[6n');
  await screen.snapshot();
  expect(replies).toEqual(['\x1b[1;5R']);
  screen.dispose();
});

/** Wide, so that its scroll-back is short. */
const WIDE = { columns: 500, rows: 24, scrollback: 3200 };

/** What xterm draws that is given everything. */
async function drawn(output: string): Promise<string> {
  const terminal = new headless.Terminal({
    cols: WIDE.columns,
    rows: WIDE.rows,
    scrollback: WIDE.scrollback,
    allowProposedApi: true,
  });
  const serialize = new serializeAddon.SerializeAddon();
  terminal.loadAddon(serialize);
  measureAsPages(terminal);
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const screen = serialize.serialize();
  terminal.dispose();
  return screen;
}

const flood = (count: number, word: string) =>
  Array.from({ length: count }, (_, index) => `${word.repeat(index % 7)}${index}\r\n`).join('');

const piece = fc.oneof(
  fc
    .record({
      count: fc.integer({ min: 1, max: WIDE.scrollback + 100 }),
      word: fc.constantFrom('', 'ab ', 'größer '),
    })
    .map(({ count, word }) => flood(count, word)),
  fc.constantFrom(
    ...[
      '\x1b[31m',
      '\x1b[H',
      '\x1b[5;20r',
      '\x1b[r',
      '\x1b[1;24r',
      '\x1b[?1049h',
      '\x1b[?1049l',
      '\x1b[20;60H',
      '\x1bc',
    ],
    ...[
      'plain',
      '\r',
      '\n',
      '\r\n',
      '\t',
      '\x1b[4h',
      '\x1b[?7l',
      '\x1b]0;title',
      '\x07',
      '\x1b[2J',
      '\u0301',
    ],
  ),
);

test('what a flood pushes out is not parsed, and what it leaves is as if it had been', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 7 }),
      async (pieces, look) => {
        const screen = new Screen(WIDE, { reply: () => undefined });
        for (const [index, each] of pieces.entries()) {
          screen.write(each);
          if (index === look) await screen.snapshot();
        }
        // A sequence that goes on is not drawn, and a plain letter ends none of those above.
        screen.write('\x07.');
        expect((await screen.snapshot()).screen).toBe(await drawn(`${pieces.join('')}\x07.`));
        screen.dispose();
      },
    ),
    { numRuns: 10 },
  );
}, 60_000);

test('of a flood that goes on, no more is kept than two full scroll-backs', async () => {
  const screen = new Screen(WIDE, { reply: () => undefined });
  const most = flood(2 * WIDE.scrollback, '');
  let parsed = 0;
  for (let i = 0; i < 100; i += 1) {
    screen.write(most);
    parsed = Math.max(parsed, screen.unparsed);
  }
  expect(parsed).toBe(0);
  const snapshot = screen.snapshot();
  expect(screen.unparsed).toBeLessThan(most.length);
  expect((await snapshot).screen).toBe(await drawn(most));
  screen.dispose();
});
