import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readExplanations } from '../../lessons/explanations.ts';
import { Explainer } from './explainer.ts';
import { PlainLines } from './plain-lines.ts';

const { explanations } = await readExplanations(join(import.meta.dirname, '../../lessons'));

const DENIED = 'denied: requested access to the resource is denied';

/** An explainer, what it has told, and a clock that stands until it is moved. */
function explainer() {
  const told: string[] = [];
  const clock = { ms: 0 };
  const watching = new Explainer({
    explanations,
    tell: ({ id }) => told.push(id),
    now: () => clock.ms,
  });
  return { told, clock, output: (text: string) => watching.output(text) };
}

test('a message is explained when its line ends', () => {
  const { told, output } = explainer();
  output(`$ docker push web\r\n${DENIED}`);
  expect(told).toEqual([]);
  output('\r\n$ ');
  expect(told).toEqual(['access-denied']);
});

test('it may come in any pieces, in colours, behind a title', () => {
  const whole = `\x1b]0;a title\x07\x1b[?2004l\r\x1b[1;31mError: No such\x1b[0m container: web\r\n`;
  for (let at = 0; at <= whole.length; at += 1) {
    const { told, output } = explainer();
    output(whole.slice(0, at));
    output(whole.slice(at));
    expect(told, `cut at ${at}`).toEqual(['no-such-container']);
  }
});

test('what a carriage return has written over does not count', () => {
  const { told, output } = explainer();
  output(`Downloading  10%\rDownloading 100%\r${DENIED}\r\r\n`);
  expect(told).toEqual(['access-denied']);
});

test('what a learner types or reads about is not taken for a message', () => {
  const { told, output } = explainer();
  output(`$ echo "${DENIED}"\r\n# "${DENIED}" is what it says\r\n`);
  expect(told).toEqual([]);
});

test('one a second, and the same only after a minute', () => {
  const { told, clock, output } = explainer();
  output(`${DENIED}\nError: No such container: a\n`);
  clock.ms = 999;
  output('Error: No such container: a\n');
  expect(told).toEqual(['access-denied']);
  clock.ms = 1000;
  output(`${DENIED}\nError: No such container: a\n`);
  expect(told).toEqual(['access-denied', 'no-such-container']);
  clock.ms = 59_999;
  output(`${DENIED}\n`);
  expect(told).toHaveLength(2);
  clock.ms = 60_000;
  output(`${DENIED}\n`);
  expect(told).toHaveLength(3);
});

test('of a flood only the end is looked at, line by line or without any', () => {
  const { told, output } = explainer();
  output(`${DENIED}\n${'some text\n'.repeat(10_000)}`);
  output('x'.repeat(1_000_000));
  expect(told).toEqual([]);
  output(`${'x'.repeat(1_000_000)}\n${DENIED}\n`);
  expect(told).toEqual(['access-denied']);
});

test('little is kept of a line, and of a sequence, without end', () => {
  const lines = new PlainLines();
  for (let i = 0; i < 100; i += 1) expect(lines.push('y'.repeat(500))).toEqual([]);
  expect(lines.push('\n')).toEqual(['y'.repeat(1000)]);
  for (let i = 0; i < 100; i += 1)
    expect(lines.push(`${i === 0 ? '\x1b]0;' : ''}${'z'.repeat(500)}`)).toEqual([]);
  lines.push('\x07\n');
  expect(lines.push('plain again\n')).toEqual(['plain again']);
});
