import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { rawClient } from '../../sandbox/registry/testing/client.ts';
import { startRegistry, type TestRegistry } from '../../sandbox/registry/testing/server.ts';
import { openSmallDisk, type SmallDisk } from './disk.ts';

let disk: SmallDisk;
let registry: TestRegistry;

beforeEach(async () => {
  disk = await openSmallDisk(32);
  registry = await startRegistry({ folder: path.join(disk.folder, 'hub') });
});

afterEach(async () => {
  await registry.close();
  await disk.close();
});

it('a push to a full disk is refused in a sentence that the CLI shows, leaves nothing, and works when there is room', async () => {
  const client = rawClient(registry.url);
  const kept = await client.pushImage('anna/tool', '1');
  const filling = path.join(disk.folder, 'filling');
  await writeFile(filling, randomBytes(64 * 1024 ** 2)).catch(() => undefined);

  const large = randomBytes(4 * 1024 ** 2);
  await expect(client.push('anna/tool', large)).rejects.toThrow(/403.*no room left on its disk/su);
  const manifest = await client.putManifest('anna/tool', '2', { ...kept.manifest, annotations: { n: '2' } });
  if (manifest.status !== 201) expect(await manifest.text()).toContain('no room left on its disk');
  const tags = (await (await client.send('GET', '/v2/anna/tool/tags/list')).json()) as { tags: string[] };
  expect(tags.tags).toContain('1');
  expect(tags.tags.includes('2')).toBe(manifest.status === 201);
  expect(await (await client.send('GET', `/v2/anna/tool/manifests/1`)).text()).toBe(kept.bytes);

  await rm(filling);
  await client.push('anna/tool', large);
  await client.pushImage('anna/tool', '3');
});
