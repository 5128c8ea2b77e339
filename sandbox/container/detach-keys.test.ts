import { describe, expect, test } from 'vitest';
import { DetachDetector, parseDetachKeys } from './detach-keys.ts';

describe('the keys', () => {
  test.each([
    [null, [16, 17]],
    ['', [16, 17]],
    ['ctrl-a,ctrl-@', [1, 0]],
    ['a,b', [97, 98]],
    ['ctrl-[', [27]],
  ])('%s', (text, expected) => expect(parseDetachKeys(text)).toEqual(expected));

  test.each(['ctrl-', 'ctrl-1', 'shift-a', 'ab'])('%s is refused', (text) => {
    expect(() => parseDetachKeys(text)).toThrow(`Invalid escape keys (${text}) provided`);
  });
});

describe('what a user types', () => {
  const cases: [name: string, chunks: string[], passed: string, detached: boolean][] = [
    ['nothing special', ['ls\n'], 'ls\n', false],
    ['the keys at once', ['\x10\x11'], '', true],
    ['the keys one by one', ['a', '\x10', '\x11'], 'a', true],
    ['the first key and something else', ['\x10', 'x'], '\x10x', false],
    ['the first key twice, then the second', ['\x10\x10\x11'], '\x10', true],
    ['what comes after the keys is not for the process', ['a\x10\x11b'], 'a', true],
  ];
  test.each(cases)('%s', (_name, chunks, passed, detached) => {
    const detector = new DetachDetector([16, 17]);
    const results = chunks.map((chunk) => detector.feed(Buffer.from(chunk)));
    expect(results.map(({ pass }) => pass.toString()).join('')).toBe(passed);
    expect(results.at(-1)?.detach).toBe(detached);
  });
});
