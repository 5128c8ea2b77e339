import { PassThrough } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { lastLine, Tail } from './tail.ts';

describe('Tail', () => {
  it('keeps the end, without what a terminal would obey', async () => {
    const stream = new PassThrough();
    const tail = new Tail();
    tail.follow(stream);
    stream.write('x'.repeat(10_000));
    stream.write('\u001b[31mred\u001b[0m\u0007\nlast \u009bline\n\n');
    await tick();
    expect(tail.text().length).toBeLessThanOrEqual(4096);
    expect(lastLine(tail.text())).toBe('last line');
  });

  it('rests when there is much', async () => {
    const stream = new PassThrough();
    new Tail().follow(stream);
    for (let written = 0; written < 4; written++) stream.write(Buffer.alloc(32 * 1024));
    await tick();
    await tick();
    expect(stream.isPaused()).toBe(true);
    stream.destroy();
  });
});
