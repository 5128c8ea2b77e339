import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContainerRecord } from './model.ts';
import { Registry } from './registry.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const record = (id: string): ContainerRecord =>
  ({ id, name: `name-of-${id}`, hostConfig: { ConsoleSize: [0, 0] } }) as unknown as ContainerRecord;

it('has nothing of a container whose record cannot be written', async () => {
  const registry = await Registry.open(folder);
  // What stands in the way of the record is no file that could be written over.
  mkdirSync(join(registry.folderOf('one'), 'config.json.new'), { recursive: true });
  await expect(registry.add(record('one'))).rejects.toThrow('EISDIR');
  expect(registry.list()).toEqual([]);
  expect(registry.find('name-of-one')).toBeUndefined();
  expect(existsSync(registry.folderOf('one'))).toBe(false);
});
