import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createProgress } from './progress.ts';

describe('progress', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function recorder(isTTY: boolean) {
    const written: string[] = [];
    return { written, output: { isTTY, columns: 30, write: (text: string) => written.push(text) } };
  }
  const wait = (ms: number) => new Promise<string>((resolve) => setTimeout(() => resolve('done'), ms));

  it('says nothing about what is quick', async () => {
    const { written, output } = recorder(false);
    const task = createProgress(output).task('Quick', () => wait(900));
    await vi.advanceTimersByTimeAsync(900);
    expect(await task).toBe('done');
    expect(written).toEqual([]);
  });

  it('prints a line at the start, every ten seconds and at the end', async () => {
    const { written, output } = recorder(false);
    const task = createProgress(output).task('Slow', (slow) => {
      slow.detail('digging');
      return wait(12_000);
    });
    await vi.advanceTimersByTimeAsync(12_000);
    await task;
    expect(written).toEqual(['Slow: digging … 1 s\n', 'Slow: digging … 11 s\n', 'Slow: ready after 12 s.\n']);
  });

  it('rewrites one line on a terminal, and keeps it on the screen’s width', async () => {
    const { written, output } = recorder(true);
    const task = createProgress(output).task('A rather long title of a task', () => wait(1_300));
    await vi.advanceTimersByTimeAsync(1_300);
    await task;
    expect(written[0]).toBe('\r\x1b[KA rather long title of a task');
    expect(written.at(-1)).toBe('\r\x1b[KA rather long title of a task: ready after 1 s.\n');
  });

  it('shows tasks that run side by side on one line', async () => {
    const { written, output } = recorder(true);
    output.columns = 80;
    const progress = createProgress(output);
    const tasks = [progress.task('One', () => wait(1_050)), progress.task('Two', () => wait(1_100))];
    await vi.advanceTimersByTimeAsync(1_100);
    await Promise.all(tasks);
    expect(written).toEqual([
      '\r\x1b[KOne: working … 1 s',
      '\r\x1b[KOne: working … 1 s   Two: working … 1 s',
      '\r\x1b[KOne: ready after 1 s.\n',
      '\r\x1b[KTwo: working … 1 s',
      '\r\x1b[KTwo: ready after 1 s.\n',
    ]);
  });

  it('passes failures on, and says so', async () => {
    const { written, output } = recorder(false);
    const task = createProgress(output).task('Doomed', async () => {
      await wait(2_000);
      throw new Error('no');
    });
    const failure = expect(task).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(2_000);
    await failure;
    expect(written.at(-1)).toBe('Doomed: failed after 2 s.\n');
  });
});
