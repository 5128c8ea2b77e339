import { createHash } from 'node:crypto';
import { fromHex } from '../oci/digest.ts';
import type { Bytes, Expected } from './content.ts';
import { BlobCorrupt } from './content.ts';

/** Passes `source` through, and throws at its end unless size and digest are the promised ones. */
export async function* verify(source: Bytes, wanted: Expected): Bytes {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    // Stop early: a source that sends too much must not fill the disk first.
    if (wanted.size !== undefined && size > wanted.size)
      throw new BlobCorrupt(`${wanted.size} bytes`, 'more');
    hash.update(chunk);
    yield chunk;
  }
  if (wanted.size !== undefined && size < wanted.size) {
    throw new BlobCorrupt(`${wanted.size} bytes`, `${size} bytes`);
  }
  const got = fromHex(hash.digest('hex'));
  if (got !== wanted.digest) throw new BlobCorrupt(wanted.digest, got);
}
