import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LOG_LIMIT_BYTES, LogFile, rotated } from './log-file.ts';
import type { LogEntry, ReadLogOptions } from './log-reader.ts';
import { readLog } from './log-reader.ts';

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
    const log = await LogFile.open(path);
    const line = Buffer.from(`${'y'.repeat(8000)}\n`);
    for (let i = 0; i < 3 * (LOG_LIMIT_BYTES / 8000); i++) await log.append('stdout', line);
    await log.close();
    expect((await stat(path)).size).toBeLessThanOrEqual(LOG_LIMIT_BYTES);
    expect((await stat(rotated(path))).size).toBeLessThanOrEqual(LOG_LIMIT_BYTES);
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
  const log = await LogFile.open(path);
  void log.append('stdout', Buffer.from('first\n'));
  await log.flush();
  const followed = read({ follow: log });
  const line = Buffer.from(`${'z'.repeat(16_000)}\n`);
  const count = Math.ceil(LOG_LIMIT_BYTES / 16_000) + 10;
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
