import { expect, test } from 'vitest';
import { SupervisorError } from '../sandbox/host/supervisor.ts';
import { toRefusal } from './refusal.ts';

test.each([
  ['full', new SupervisorError('full', 'No room.'), 'No room.'],
  ['unavailable', Object.assign(new Error('connect /a/b.sock'), { code: 'ECONNREFUSED' }), /does not answer/],
  ['unavailable', Object.assign(new Error('write /a/b'), { code: 'ENOSPC' }), /disk is full/],
  ['unavailable', Object.assign(new Error('database or disk'), { code: 'SQLITE_FULL' }), /disk is full/],
  ['failed', new Error('secret'), /went wrong on the server/],
  ['failed', undefined, /went wrong on the server/],
])('%s is told in a sentence that was written for people', (kind, error, sentence) => {
  const refusal = toRefusal(error);
  expect(refusal.kind).toBe(kind);
  expect(refusal.message).toMatch(sentence);
});
