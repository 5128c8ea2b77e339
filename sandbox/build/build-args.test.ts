import { describe, expect, it } from 'vitest';
import { BuildArgs } from './build-args.ts';

describe('ARG', () => {
  it('the given value wins over the written one, and that over the one before the first FROM', () => {
    const args = new BuildArgs({ a: 'given', b: null });
    args.declareMeta('c', 'meta');
    const stage = args.forStage();
    stage.declare('a', 'written');
    stage.declare('b', 'written');
    stage.declare('c', undefined);
    expect(Object.fromEntries(stage.all())).toEqual({ a: 'given', b: 'written', c: 'meta' });
    expect(Object.fromEntries(args.meta())).toMatchObject({ c: 'meta', TARGETOS: 'linux' });
    expect(stage.all().has('TARGETOS')).toBe(false);
  });

  it('is known from its declaration on, in its stage alone', () => {
    const args = new BuildArgs({ a: 'x' });
    const one = args.forStage();
    expect([...one.all()]).toEqual([]);
    one.declare('a', undefined);
    expect([...one.all()]).toEqual([['a', 'x']]);
    expect([...args.forStage().all()]).toEqual([]);
  });

  it('of a proxy needs no declaration, and is no part of the cache without one', () => {
    const args = new BuildArgs({ HTTP_PROXY: 'p', http_proxy: 'q' }).forStage();
    expect([...args.all().keys()]).toEqual(['HTTP_PROXY', 'http_proxy']);
    expect(args.countsForCache('HTTP_PROXY')).toBe(false);
    args.declare('HTTP_PROXY', undefined);
    expect(args.countsForCache('HTTP_PROXY')).toBe(true);
  });

  it('that no stage declares was not consumed', () => {
    const args = new BuildArgs({ z: '1', a: '2', used: '3', NO_PROXY: '4' });
    args.forStage().declare('used', undefined);
    expect(args.unconsumed()).toEqual(['a', 'z']);
  });
});
