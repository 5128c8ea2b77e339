import { expect, test } from 'vitest';
import { completeLength } from './escape.ts';

const WHOLE = [
  'plain text',
  'größe 🐳\r\n',
  '\x1b[31m',
  '\x1b[?2004h',
  '\x1b[38;2;1;2;3m',
  '\x1b[!p',
  '\x1b]0;title\x07',
  '\x1b]8;;http://localhost\x1b\\',
  '\x1bP$q"p\x1b\\',
  '\x1b(B',
  '\x1b7',
  '\x9b31m',
  '\x9d0;title\x9c',
  '\x1b[12\r3m',
];

test.each(WHOLE)('%j is whole, and incomplete wherever it is cut inside', (text) => {
  expect(completeLength(text)).toBe(text.length);
  const begin = text.search(/[\x1b\x9b\x9d]/);
  if (begin === -1) return;
  for (let length = begin + 1; length < text.length; length += 1) {
    expect(completeLength(`x${text.slice(0, length)}`)).toBe(1 + begin);
  }
});

test.each([
  ['an aborted sequence', '\x1b[31\x18', 5],
  ['a sequence within another', '\x1b[31\x1b[0m', 8],
  ['a begun one after an aborted one', '\x1b[31\x1b[0', 4],
  ['a string that another sequence ends', '\x1b]0;title\x1b[0m', 13],
  ['a lone escape', 'ab\x1b', 2],
])('%s', (_what, text, length) => expect(completeLength(text)).toBe(length));
