import { beforeEach, expect, it } from 'vitest';
import type { EndedBuild } from '../../server/protocol.ts';
import type { SessionSocket } from '../socket.ts';
import { BuildProblems, type BuildProblem } from './build-problems.ts';

const NO = { line: 2, message: 'no' };

let told: string[];
let tell: (build: EndedBuild) => void;
let changes: [string, BuildProblem | null][];
let problems: BuildProblems;

const socket = {
  tell: (event: string) => told.push(event),
  listen: (_event: string, listener: (build: EndedBuild) => void) => {
    tell = listener;
    return () => undefined;
  },
} as unknown as SessionSocket;

beforeEach(() => {
  [told, changes] = [[], []];
  problems = new BuildProblems((...change) => changes.push(change));
});

it('asks for builds once the first Dockerfile is open, and again when the machine is back', () => {
  problems.begin(socket)();
  expect(told).toEqual([]);
  problems.begin(socket);
  problems.opened({ path: 'a', text: () => 'A' });
  problems.opened({ path: 'b', text: () => 'B' });
  expect(told).toEqual(['builds:follow']);
  problems.begin(socket);
  expect(told).toHaveLength(2);
});

it('knows a file by its text, and forgets the problem at the next good build of it', () => {
  let text = 'A';
  problems.begin(socket);
  problems.opened({ path: 'a', text: () => text });
  tell({ id: '1', dockerfile: 'other', problem: NO });
  expect(problems.of('a')).toBeUndefined();
  tell({ id: '2', dockerfile: 'A', problem: NO });
  expect(problems.of('a')).toEqual(NO);
  text = 'mended';
  tell({ id: '2', dockerfile: 'A', problem: NO });
  tell({ id: '3', dockerfile: 'mended' });
  expect(problems.of('a')).toBeUndefined();
  expect(changes).toEqual([
    ['a', NO],
    ['a', null],
  ]);
});

it('tells of a file that is opened after its build failed, and of none that failed nowhere', () => {
  problems.begin(socket);
  tell({ id: '1', dockerfile: 'A', problem: NO });
  tell({ id: '2', dockerfile: 'B', problem: { line: 0, message: 'no such target' } });
  problems.opened({ path: 'a', text: () => 'A' });
  problems.opened({ path: 'b', text: () => 'B' });
  expect([problems.of('a'), problems.of('b')]).toEqual([NO, undefined]);
  problems.closed('a');
  expect(problems.of('a')).toBeUndefined();
});
