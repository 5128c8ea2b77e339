import { describe, expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

describe('a backlog of eight bytes', () => {
  const cases: [name: string, chunks: string[], from: number, expected: string, start: number][] = [
    ['nothing yet', [], 0, '', 0],
    ['less than it holds', ['abc'], 0, 'abc', 0],
    ['from the middle', ['abc', 'def'], 2, 'cdef', 0],
    ['exactly full', ['abcdefgh'], 0, 'abcdefgh', 0],
    ['the oldest are gone', ['abcdef', 'ghijk'], 0, 'defghijk', 3],
    ['one chunk larger than all', ['xy', '0123456789'], 0, '23456789', 4],
    ['from the future', ['abc'], 10, '', 0],
    ['around the edge more than once', ['abcdef', 'ghijkl', 'mnop'], 10, 'klmnop', 8],
  ];
  test.each(cases)('%s', (_name, chunks, from, expected, start) => {
    const backlog = new Backlog(8);
    for (const chunk of chunks) backlog.push(Buffer.from(chunk));
    expect(backlog.read(from).toString()).toBe(expected);
    expect(backlog.start).toBe(start);
    expect(backlog.end).toBe(chunks.join('').length);
  });
});
