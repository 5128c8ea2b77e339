import { beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import type { Bytes, Content } from './content.ts';

/** What every implementation of `Content` must pass. `open` returns an empty store. */
export function contentConformance(name: string, open: () => Promise<Content>): void {
  const bytes = Buffer.from('some content');
  const digest = digestOf(bytes);

  describe(name, () => {
    let content: Content;
    beforeEach(async () => {
      content = await open();
    });

    test('gives back what was written', async () => {
      expect(await content.write(bytes)).toEqual({ digest, size: bytes.byteLength });
      expect(await content.stat(digest)).toBe(bytes.byteLength);
      expect(await content.readAll(digest)).toEqual(bytes);
      expect(await collect(content.read(digest))).toEqual(bytes);
      expect(await content.list()).toEqual([digest]);
    });

    test('writing twice is the same as once', async () => {
      await content.write(bytes);
      await content.write(bytes, { digest, size: bytes.byteLength });
      expect(await content.list()).toEqual([digest]);
    });

    test('an empty blob is a blob', async () => {
      const empty = await content.write(Buffer.alloc(0));
      expect(await content.readAll(empty.digest)).toHaveLength(0);
    });

    test.each([
      ['another digest', { digest: digestOf('other') }],
      ['fewer bytes', { digest, size: 3 }],
      ['more bytes', { digest, size: 300 }],
    ])('keeps nothing when %s was promised', async (_, expected) => {
      await expect(content.write(bytes, expected)).rejects.toThrow('the content is damaged');
      expect(await content.list()).toEqual([]);
    });

    test('keeps nothing of a source that breaks off', async () => {
      const broken = (async function* (): Bytes {
        yield bytes;
        throw new Error('cut');
      })();
      await expect(content.write(broken)).rejects.toThrow('cut');
      expect(await content.list()).toEqual([]);
    });

    test('says what is not there', async () => {
      expect(await content.stat(digest)).toBeUndefined();
      await expect(content.readAll(digest)).rejects.toMatchObject({ kind: 'not-found' });
      await expect(collect(content.read(digest))).rejects.toMatchObject({ kind: 'not-found' });
    });

    test('delete is idempotent', async () => {
      await content.write(bytes);
      await content.delete(digest);
      await content.delete(digest);
      expect(await content.list()).toEqual([]);
    });
  });
}

/** All bytes of a stream at once. */
export async function collect(source: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
