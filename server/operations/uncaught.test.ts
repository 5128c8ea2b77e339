import { EventEmitter } from 'node:events';
import { beforeEach, expect, test, vi } from 'vitest';
import { endOnUncaught } from './uncaught.ts';

let program: EventEmitter;
const report = vi.fn<(message: string, error: unknown) => void>();
const close = vi.fn<() => Promise<void>>();
const exit = vi.fn<(code: number) => void>();

beforeEach(() => {
  vi.resetAllMocks();
  close.mockResolvedValue();
  program = new EventEmitter();
  endOnUncaught(program, { report, close, exit });
});

test('a promise that failed unseen is reported, and the server goes on', () => {
  const error = new Error('lost');
  program.emit('unhandledRejection', error);
  expect(report).toHaveBeenCalledExactlyOnceWith(expect.any(String), error);
  expect(close).not.toHaveBeenCalled();
});

test('an exception is reported, and the server ends in order, once', async () => {
  const errors = [new Error('first'), new Error('in the end itself')];
  for (const error of errors) program.emit('uncaughtException', error);
  await vi.waitFor(() => expect(exit).toHaveBeenCalledExactlyOnceWith(1));
  expect(report.mock.calls.map(([, error]) => error)).toEqual(errors);
  expect(close).toHaveBeenCalledOnce();
});

test('a server that cannot end in order ends all the same', async () => {
  close.mockRejectedValue(new Error('half done'));
  program.emit('uncaughtException', new Error('first'));
  await vi.waitFor(() => expect(exit).toHaveBeenCalledExactlyOnceWith(1));
});

test('a server whose end hangs is not waited for', () => {
  vi.useFakeTimers();
  close.mockReturnValue(new Promise(() => undefined));
  program.emit('uncaughtException', new Error('first'));
  vi.runAllTimers();
  vi.useRealTimers();
  expect(exit).toHaveBeenCalledExactlyOnceWith(1);
});
