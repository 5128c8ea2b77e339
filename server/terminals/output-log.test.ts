import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputLog } from './output-log.ts';
import { isTerminalReply } from './replies.ts';

describe('the log', () => {
  test('gives back what was put in, from wherever it is asked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 })),
        fc.nat(),
        fc.integer({ min: 2, max: 50 }),
        (texts, trim, max) => {
          const log = new OutputLog();
          for (const text of texts) log.append(text);
          const all = texts.join('');
          expect(log.end).toBe(all.length);
          log.trim(trim % (all.length + 1));
          let from = log.start;
          expect(from).toBeLessThanOrEqual(trim % (all.length + 1));
          let read = '';
          while (from < log.end) {
            const part = log.read(from, max);
            expect(part.length).toBeGreaterThan(0);
            expect(part.length).toBeLessThanOrEqual(max);
            // No half characters go over the wire.
            expect(part).not.toMatch(/[\ud800-\udbff]$/);
            read += part;
            from += part.length;
          }
          expect(read).toBe(all.slice(log.start));
        },
      ),
    );
  });

  test('holds nothing that everybody has', () => {
    const log = new OutputLog();
    for (let i = 0; i < 1000; i += 1) {
      log.append('x'.repeat(1000));
      log.trim(log.end);
    }
    expect([log.start, log.end]).toEqual([1_000_000, 1_000_000]);
  });
});

test.each([
  ['\x1b[?1;2c', true],
  ['\x1b[>0;276;0c', true],
  ['\x1b[12;40R', true],
  ['\x1b[?12;40R', true],
  ['\x1b[0n', true],
  ['\x1b[?2026;2$y', true],
  ['\x1bP1$r0m\x1b\\', true],
  ['\x1b[A', false],
  ['\x1b[1;5C', false],
  // F3 with Shift, which looks like a cursor report.
  ['\x1b[1;2R', false],
  ['\x1b[<0;10;5M', false],
  ['\x1b[200~pasted\x1b[201~', false],
  ['\x1b', false],
  ['c', false],
])('%j is an answer of the emulator: %s', (data, reply) => expect(isTerminalReply(data)).toBe(reply));
