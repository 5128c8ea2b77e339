import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { rawClient, type RawClient } from '../../sandbox/registry/testing/client.ts';
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

async function tagsOf(client: RawClient): Promise<readonly string[]> {
  const answer = await client.send('GET', '/v2/anna/tool/tags/list');
  return ((await answer.json()) as { tags: string[] }).tags;
}

it('a push to a full disk is refused in a sentence that the CLI shows, leaves nothing, and works when there is room', async () => {
  const client = rawClient(registry.url);
  const kept = await client.pushImage('anna/tool', '1');
  const makeRoom = await disk.fill();

  const large = randomBytes(4 * 1024 ** 2);
  await expect(client.push('anna/tool', large)).rejects.toThrow(/403.*no room left on its disk/su);
  // The first has to bring its manifest too; the others, all at once, nothing but their tags.
  const another = await client.putManifest('anna/tool', '2', { ...kept.manifest, annotations: { n: '2' } });
  const sameAgain = await Promise.all(
    ['3', '4', '5'].map((tag) => client.putManifest('anna/tool', tag, kept.manifest)),
  );
  for (const answer of [another, ...sameAgain]) {
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('no room left on its disk');
  }
  expect(await tagsOf(client)).toEqual(['1']);
  expect(await (await client.send('GET', `/v2/anna/tool/manifests/1`)).text()).toBe(kept.bytes);

  await makeRoom();
  await client.push('anna/tool', large);
  await client.pushImage('anna/tool', '6');
  expect((await client.putManifest('anna/tool', '7', kept.manifest)).status).toBe(201);
  expect(await tagsOf(client)).toEqual(['1', '6', '7']);
});
