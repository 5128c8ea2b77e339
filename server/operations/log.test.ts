import { describe, expect, test } from 'vitest';
import { SupervisorError } from '../../sandbox/host/supervisor.ts';
import { Log, type LogLevel } from './log.ts';

function open(level: LogLevel = 'debug', format: 'json' | 'text' = 'json'): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: new Log({ format, level, write: (line) => lines.push(line) }), lines };
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a line', () => {
  test('is an object with time, level and event, whatever is in it', () => {
    const { log, lines } = open();
    log.event('info', 'created', { session: 'a'.repeat(16), lesson: null });
    log.report('A sentence\nwith two lines.');
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
    expect(parsed(lines)).toMatchObject([
      { level: 'info', event: 'created', session: 'a'.repeat(16), lesson: null },
      { level: 'warning', event: 'report', message: 'A sentence\nwith two lines.' },
    ]);
    expect(Date.parse(String(parsed(lines)[0]?.time))).not.toBeNaN();
  });

  test.each([
    ['error', 1],
    ['warning', 2],
    ['info', 3],
    ['debug', 4],
  ] as const)('is left out below the level %s', (level, count) => {
    const { log, lines } = open(level);
    for (const each of ['error', 'warning', 'info', 'debug'] as const) log.event(each, 'x');
    expect(lines).toHaveLength(count);
  });

  test('for people has its sentence first', () => {
    const { log, lines } = open('info', 'text');
    log.event('info', 'created', { session: 's', lesson: 'first-image' });
    log.report('The hub failed.');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'info created session=s lesson=first-image',
      'warning The hub failed.',
    ]);
  });

  test('for people is one line too, without what moves the cursor of who reads it', () => {
    const { log, lines } = open('info', 'text');
    log.report('A disk\nerror forged');
    log.report('It failed.', new SupervisorError('failed', 'mount: bad\n\u001b[2Jdmesg\u2028\u009b'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('warning A disk\\nerror forged');
    expect(lines[1]).toContain('text=mount: bad\\n\\u001b[2Jdmesg\\u2028\\u009b');
  });
});

describe('a report', () => {
  const id = 'abcdefgh01234567';

  test('has the session that its sentence names', () => {
    const { log, lines } = open();
    log.report(`A terminal of session ${id} failed.`);
    expect(parsed(lines)).toMatchObject([{ session: id }]);
  });

  test('keeps what a learner has in an error to itself', () => {
    const { log, lines } = open();
    const missing = Object.assign(new Error("ENOENT: no such file, open '/root/s3cret'"), {
      code: 'ENOENT',
      syscall: 'open',
    });
    log.report('A file could not be read.', missing);
    log.report('A text is no JSON.', new SyntaxError('Unexpected token s in "s3cret"\n    at s3cret (here)'));
    log.report('Both.', new Error('s3cret', { cause: new Error('s3cret too') }));
    log.report('The kernel ended `s3cret`: no memory.');
    log.report('Never closed: `s3cret.', 's3cret');
    expect(lines.join()).not.toContain('s3cret');
    expect(parsed(lines)[0]).toMatchObject({
      level: 'error',
      error: 'Error',
      code: 'ENOENT',
      syscall: 'open',
    });
    expect(parsed(lines)[0]?.stack).toContainEqual(expect.stringMatching(/^at .*log\.test\.ts/));
  });

  test('says what mistakes of the program say', () => {
    const { log, lines } = open();
    log.report('It failed.', new TypeError('x is not a function'));
    log.report('It failed.', new SupervisorError('full', 'No room.'));
    expect(parsed(lines)).toMatchObject([{ text: 'x is not a function' }, { text: 'No room.' }]);
  });
});
