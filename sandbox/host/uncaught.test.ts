import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { outliveErrors } from './uncaught.ts';

it('tells what failed and goes on, until it fails again and again', () => {
  const program = new EventEmitter();
  const said: string[] = [];
  const end = vi.fn();
  outliveErrors(program, { say: (sentence) => said.push(sentence), end });
  program.emit('uncaughtException', new Error('a callback that threw'));
  program.emit('unhandledRejection', new Error('a promise that failed'));
  expect(said[0]).toContain('a callback that threw');
  expect(said[1]).toContain('a promise that failed');
  for (let more = 2; more < 9; more++) program.emit('uncaughtException', new Error('again'));
  expect(end).not.toHaveBeenCalled();
  for (let more = 0; more < 20; more++) program.emit('uncaughtException', new Error('and again'));
  expect(end).toHaveBeenCalledOnce();
  expect(said).toHaveLength(11);
});
