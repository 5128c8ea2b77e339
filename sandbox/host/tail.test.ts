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

describe('lastLine', () => {
  it('finds the message of an uncaught error', () => {
    const output = [
      'file:///opt/slipway/runtime/engine.mjs:12',
      "  throw new Error('no state');",
      '        ^',
      '',
      'Error: no state',
      '    at open (file:///opt/slipway/runtime/engine.mjs:12:9)',
      '',
      'Node.js v20.19.0',
    ];
    expect(lastLine(output.join('\n'))).toBe('Error: no state');
  });

  it('takes what there is', () => {
    expect(lastLine('')).toBe('');
    expect(lastLine('crun: no such file\n')).toBe('crun: no such file');
    expect(lastLine('    at nowhere')).toBe('at nowhere');
  });
});
