import { chmodSync, writeFileSync } from 'node:fs';
import type { InlineFile } from '../../dockerfile/model.ts';
import { toRaw } from '../../layer/raw-path.ts';
import { Context } from '../source/context.ts';
import type { Found } from '../source/find.ts';
import type { FilePool } from '../source/pool.ts';
import { startFileSum } from '../source/tar-sum.ts';

const MODE = 0o644;

/** Heredocs as files to copy; `close` is to be called when they are. */
export async function inlineFiles(
  files: readonly InlineFile[],
  pool: FilePool,
): Promise<{ readonly found: Found[]; readonly close: () => void }> {
  const source = new Context(pool);
  const found: Found[] = [];
  for (const file of files) {
    const bytes = Buffer.from(file.content);
    const sum = sumOf(file.name, bytes);
    const draft = pool.draft();
    writeFileSync(draft, bytes, { flag: 'wx' });
    chmodSync(draft, MODE);
    const key = `${sum} inline`;
    pool.keep(key, draft, bytes.byteLength);
    const mtime = Math.floor(Date.now() / 1000);
    source.add(
      toRaw(file.name),
      { kind: 'file', mode: MODE, uid: 0, gid: 0, mtime, size: bytes.byteLength, key },
      sum,
    );
    const path = toRaw(file.name);
    found.push({ source, path, name: file.name, hash: `file:${sum}`, keepPacked: true });
  }
  return { found, close: () => source.close(false) };
}

function sumOf(name: string, bytes: Buffer): string {
  return startFileSum(name, MODE, bytes.byteLength).update(bytes).digest('hex');
}
