import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogFile, olderFiles, rotated } from './log-file.ts';
import { DEFAULT_LIMITS, type LogLimits } from './log-limits.ts';
import type { LogEntry, ReadLogOptions } from './log-reader.ts';
import { readLog } from './log-reader.ts';

/** Files that are soon full. */
const SMALL: LogLimits = { ...DEFAULT_LIMITS, fileBytes: 200_000 };

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-log-'));
  path = join(folder, 'c-json.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(options: Partial<ReadLogOptions> = {}): Promise<LogEntry[]> {
  const entries = [];
  for await (const entry of readLog(path, { signal: new AbortController().signal, ...options }))
    entries.push(entry);
  return entries;
}

const texts = (entries: LogEntry[]) => entries.map(({ log }) => log);

describe('writing', () => {
  test('a line is an object of its own, with its stream and a time', async () => {
    const log = await LogFile.open(path);
    void log.append('stdout', Buffer.from('a\nb'));
    void log.append('stderr', Buffer.from('err\n'));
    void log.append('stdout', Buffer.from('c\n'));
    await log.close();
    const lines = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogEntry);
    expect(lines.map(({ log: text, stream }) => [text, stream])).toEqual([
      ['a\n', 'stdout'],
      ['err\n', 'stderr'],
      ['bc\n', 'stdout'],
    ]);
    expect(lines[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
  });

  test('the end of a line that never came is written at the end', async () => {
    const log = await LogFile.open(path);
    void log.append('stdout', Buffer.from('no newline'));
    await log.close();
    expect(texts(await read())).toEqual(['no newline']);
  });

  test('a very long line is cut into parts of 16 KiB', async () => {
    const log = await LogFile.open(path);
    void log.append('stdout', Buffer.from(`${'x'.repeat(40_000)}\n`));
    await log.close();
    expect(texts(await read()).map((text) => text.length)).toEqual([16_384, 16_384, 7233]);
  });

  test('two files of bounded size are kept', async () => {
    const log = await LogFile.open(path, SMALL);
    const line = Buffer.from(`${'y'.repeat(8000)}\n`);
    for (let i = 0; i < 3 * (SMALL.fileBytes / 8000); i++) await log.append('stdout', line);
    await log.close();
    for (const each of [path, rotated(path, 1)])
      expect((await stat(each)).size).toBeLessThan(SMALL.fileBytes + 9000);
    expect(await olderFiles(path)).toEqual([rotated(path, 1)]);
  });

  test.each([
    [1, false, []],
    [3, false, ['.2', '.1']],
    [3, true, ['.2.gz', '.1.gz']],
  ])('as many files as were asked for: %i, gzipped: %s', async (files, compress, ends) => {
    const log = await LogFile.open(path, { fileBytes: 1000, files, compress });
    const numbers = Array.from({ length: 100 }, (_, i) => `${i}\n`);
    void log.append('stdout', Buffer.from(numbers.join('')));
    await log.close();
    expect(await olderFiles(path)).toEqual(ends.map((end) => path + end));
    const kept = texts(await read());
    expect(kept.length).toBeGreaterThan(10 * (files - 1));
    expect(kept).toEqual(numbers.slice(-kept.length));
    expect(texts(await read({ tail: 15 }))).toEqual(kept.slice(-15));
    expect((await readdir(folder)).length).toBe(files);
  });

  test('a follower misses nothing of files that are still there', async () => {
    const log = await LogFile.open(path, { fileBytes: 1000, files: 100, compress: false });
    void log.append('stdout', Buffer.from('first\n'));
    await log.flush();
    const followed = read({ follow: log });
    const numbers = Array.from({ length: 200 }, (_, i) => `${i}\n`);
    void log.append('stdout', Buffer.from(numbers.join('')));
    await log.close();
    expect(texts(await followed)).toEqual(['first\n', ...numbers]);
  });
});

describe('reading', () => {
  beforeEach(async () => {
    const log = await LogFile.open(path);
    for (let i = 1; i <= 5; i++) void log.append('stdout', Buffer.from(`${i}\n`));
    await log.close();
  });

  test.each([
    [undefined, ['1\n', '2\n', '3\n', '4\n', '5\n']],
    [2, ['4\n', '5\n']],
    [5, ['1\n', '2\n', '3\n', '4\n', '5\n']],
    [100, ['1\n', '2\n', '3\n', '4\n', '5\n']],
    [0, []],
  ])('the last %s lines', async (tail, expected) => expect(texts(await read({ tail }))).toEqual(expected));

  test('nothing of a log that is not there', async () => {
    path = join(folder, 'other');
    expect(await read()).toEqual([]);
  });

  test('since and until are moments', async () => {
    expect(await read({ since: BigInt(Date.now() + 60_000) * 1_000_000n })).toEqual([]);
    expect(await read({ until: 1n })).toEqual([]);
  });
});

test('a follower sees what is written later, across a rotation, until the end', async () => {
  const log = await LogFile.open(path, SMALL);
  void log.append('stdout', Buffer.from('first\n'));
  await log.flush();
  const followed = read({ follow: log });
  const line = Buffer.from(`${'z'.repeat(16_000)}\n`);
  const count = Math.ceil(SMALL.fileBytes / 16_000) + 10;
  for (let i = 0; i < count; i++) {
    await log.append('stdout', line);
    if (i % 20 === 0) await log.flush();
  }
  void log.append('stdout', Buffer.from('last\n'));
  await log.close();
  const seen = texts(await followed);
  expect(seen[0]).toBe('first\n');
  expect(seen.at(-1)).toBe('last\n');
});
