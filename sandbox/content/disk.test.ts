import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hexOf } from '../oci/digest.ts';
import { collect, contentConformance } from './conformance.ts';
import { DiskContent } from './disk.ts';

const root = mkdtempSync(path.join(tmpdir(), 'slipway-content-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
const fresh = () => path.join(root, String(++count));

contentConformance('DiskContent', async () => new DiskContent(fresh()));

test('notices a blob that was changed on disk', async () => {
  const folder = fresh();
  const content = new DiskContent(folder);
  const { digest } = await content.write(Buffer.from('before'));
  writeFileSync(path.join(folder, 'sha256', hexOf(digest)), 'after!');
  await expect(content.readAll(digest)).rejects.toThrow('the content is damaged');
  await expect(collect(content.read(digest))).rejects.toThrow('the content is damaged');
});

test('drops what a killed engine was writing', () => {
  const folder = fresh();
  new DiskContent(folder);
  writeFileSync(path.join(folder, 'drafts', 'half'), 'half');
  new DiskContent(folder);
  expect(readdirSync(path.join(folder, 'drafts'))).toEqual([]);
});
