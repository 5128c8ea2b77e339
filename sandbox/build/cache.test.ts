import { describe, expect, it } from 'vitest';
import type { ContainerConfig, ImageConfig } from '../oci/config.ts';
import { digestOf } from '../oci/digest.ts';
import type { CacheStore, Candidate } from './cache.ts';
import { cacheFrom, isSameStep, localCache, stageCache } from './cache.ts';

const STEP: ContainerConfig = { Cmd: ['/bin/sh', '-c', 'make'], Env: ['A=1'], Labels: { x: 'y' } };

describe('whether two steps are the same', () => {
  it.each<[string, ContainerConfig, boolean]>([
    ['all of it', { ...STEP }, true],
    [
      'names, folders and images do not count',
      { ...STEP, Hostname: 'h', WorkingDir: '/w', Image: 'i' },
      true,
    ],
    ['nothing is as good as empty', { ...STEP, Volumes: {}, Entrypoint: [], User: '' }, true],
    ['another command', { ...STEP, Cmd: ['/bin/sh', '-c', 'test'] }, false],
    ['another order of the environment', { ...STEP, Env: [] }, false],
    ['another label', { ...STEP, Labels: { x: 'z' } }, false],
    ['one more volume', { ...STEP, Volumes: { '/v': {} } }, false],
    ['another user', { ...STEP, User: '1' }, false],
    ['an open input', { ...STEP, OpenStdin: true }, false],
  ])('%s', (_, other, same) => {
    expect(isSameStep(other, STEP)).toBe(same);
  });
});

function image(name: string, created: string, parts: Partial<ImageConfig> = {}): Candidate {
  const config = { architecture: 'amd64', os: 'linux', created, container_config: STEP, ...parts };
  return {
    id: digestOf(name),
    config: { ...config, rootfs: parts.rootfs ?? { type: 'layers', diff_ids: [] } },
  };
}

function storeOf(children: readonly Candidate[]): CacheStore & { readonly adopted: ImageConfig[] } {
  const adopted: ImageConfig[] = [];
  return {
    adopted,
    children: () => Promise.resolve(children),
    isBelow: () => false,
    adopt: (config) => {
      adopted.push(config);
      return Promise.resolve(digestOf(`adopted ${adopted.length}`));
    },
    setParent: () => Promise.resolve(),
  };
}

describe('the cache', () => {
  it('finds the latest of equal children', async () => {
    const [old, late] = [image('old', '2026-01-01T00:00:00Z'), image('late', '2026-01-02T00:00:00Z')];
    expect(
      await localCache(
        storeOf([old, late, image('other', '2027-01-01T00:00:00Z', { container_config: {} })]),
      ).probe(undefined, STEP),
    ).toBe(late.id);
  });

  it('of a stage ends with the first step that was not found', async () => {
    const cache = stageCache(localCache(storeOf([image('a', '2026-01-01T00:00:00Z')])));
    expect(await cache.probe(undefined, STEP)).toBeDefined();
    expect(await cache.probe(undefined, { Cmd: ['new'] })).toBeUndefined();
    expect(await cache.probe(undefined, STEP)).toBeUndefined();
  });

  it('takes the steps of an image from elsewhere one by one', async () => {
    const created = '2026-01-01T00:00:00Z';
    const layer = digestOf('layer');
    const source = image('source', created, {
      history: [
        { created, created_by: '/bin/sh -c make' },
        { created, created_by: '/bin/sh -c #(nop)  CMD ["x"]', empty_layer: true },
      ],
      rootfs: { type: 'layers', diff_ids: [layer] },
    });
    const store = storeOf([]);
    const cache = cacheFrom(store, [source]);
    const first = await cache.probe(undefined, STEP);
    expect(first).toBe(digestOf('adopted 1'));
    expect(store.adopted[0]).toMatchObject({
      rootfs: { diff_ids: [layer] },
      history: [{ created_by: '/bin/sh -c make' }],
    });
    if (first === undefined || !store.adopted[0]) throw new Error('nothing was adopted');
    const parent = { id: first, config: store.adopted[0] };
    expect(await cache.probe(parent, { Cmd: ['/bin/sh', '-c', '#(nop) ', 'CMD ["x"]'] })).toBe(source.id);
    expect(await cache.probe(parent, { Cmd: ['/bin/sh', '-c', 'other'] })).toBeUndefined();
  });
});
