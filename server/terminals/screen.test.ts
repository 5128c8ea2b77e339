import { expect, test } from 'vitest';
import { Screen, SCROLLBACK_LINES } from './screen.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\r\n');

async function linesKept(screen: Screen): Promise<number> {
  return (await screen.snapshot()).split('\r\n').length;
}

test('keeps ten thousand lines, and fewer of very wide ones', async () => {
  const screen = new Screen({ columns: 100, rows: 24 }, () => undefined);
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
  const screen = new Screen({ columns: 80, rows: 24 }, () => undefined);
  screen.write('before ');
  const snapshot = screen.snapshot();
  screen.write('after');
  expect(await snapshot).toBe('before ');
  screen.dispose();
});

test('modes and the other screen are in a snapshot', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, () => undefined);
  screen.write('shell\x1b[?1049h\x1b[?2004h\x1b[?1heditor');
  const snapshot = await screen.snapshot();
  for (const part of ['shell', 'editor', '\x1b[?1049h', '\x1b[?2004h', '\x1b[?1h'])
    expect(snapshot).toContain(part);
  screen.dispose();
});

test('what is written is counted until it is parsed', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, () => undefined);
  screen.write('x'.repeat(1000));
  expect(screen.unparsed).toBe(1000);
  await screen.snapshot();
  expect(screen.unparsed).toBe(0);
  screen.dispose();
});

test('a string without end is not kept back for ever', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, () => undefined);
  for (let i = 0; i < 100; i += 1) screen.write(`${i === 0 ? '\x1b]0;' : ''}${'x'.repeat(10_000)}`);
  expect((await screen.snapshot()).length).toBeLessThan(100_000);
  screen.dispose();
});

test('no program fills the memory with marks on one letter, or with links', async () => {
  const screen = new Screen({ columns: 80, rows: 24 }, () => undefined);
  screen.write('e\u0301\u0323 ok\r\n');
  for (let i = 0; i < 40; i += 1) screen.write('\u0301'.repeat(500));
  screen.write(`\r\n\x1b]8;;https://example.org/${'x'.repeat(5000)}\x07link\x1b]8;;\x07`);
  const snapshot = await screen.snapshot();
  expect(snapshot).toContain('e\u0301\u0323 ok');
  expect(snapshot).toContain('link');
  expect(snapshot).not.toContain('example.org');
  expect(/\u0301{33}/.test(snapshot)).toBe(false);
  screen.dispose();
});

test('is as wide as the page: what is two columns there is two columns here', async () => {
  const replies: string[] = [];
  const screen = new Screen({ columns: 80, rows: 24 }, (reply) => replies.push(reply));
  screen.write('\u{1f680}\u{1f680}\x1b[6n');
  await screen.snapshot();
  expect(replies).toEqual(['\x1b[1;5R']);
  screen.dispose();
});
