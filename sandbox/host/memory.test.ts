import { describe, expect, it } from 'vitest';
import { belongs, parseMemoryKill } from './memory.ts';

const line = (task: string, memcg = '/slipway-0/abc') =>
  `6,901,5391,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/slipway-0/abc,mems_allowed=0,oom_memcg=${memcg},task_memcg=${memcg}/sub,task=${task},pid=4242,uid=1879048192`;

describe('parseMemoryKill', () => {
  it('names the group whose limit was reached, and the process', () => {
    expect(parseMemoryKill(line('node'))).toEqual({ group: '/slipway-0/abc', task: 'node' });
  });

  it('takes a process’s name for what it is: text from a session', () => {
    expect(parseMemoryKill(line('a,pid=1,uid=0'))?.task).toBe('a,pid=1,uid=0');
    expect(parseMemoryKill(line('\\x1b[31m`x`'))?.task).toBe('?[31m?x?');
  });

  it.each([
    '6,902,5392,-;Memory cgroup out of memory: Killed process 4242 (node) total-vm:1kB',
    '6,903,5393,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=node,pid=1,uid=0',
    ' SUBSYSTEM=memory',
    '',
  ])('does not care for %j', (other) => expect(parseMemoryKill(other)).toBeUndefined());
});

describe('belongs', () => {
  it.each([
    ['/slipway-0/a', true],
    ['/slipway-0/a/docker/1', true],
    ['/outer/slipway-0/a', true],
    ['/slipway-0/ab', false],
    ['/slipway-0/b', false],
    ['/slipway-0/b/slipway-0/a', false],
    ['/outer/slipway-0/b/slipway-0/a/x', false],
    ['/user.slice', false],
  ])('%s', (group, expected) => {
    expect(belongs(group, '/slipway-0/a')).toBe(expected);
  });
});
