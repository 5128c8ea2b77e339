import { createReadStream } from 'node:fs';
import { lstat, opendir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ZipFile } from 'yazl';
import { EngineError } from '../../oci/errors.ts';

/** More than anybody's work; a zip's list of names is held in memory. */
const ENTRIES_MAX = 20_000;
const LINK_MODE = 0o120777;

/** A folder as a zip, with modes and links; pipes, sockets and devices are left out. Destroy it to stop early. */
export async function zipFolder(folder: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  const zip = new ZipFile();
  await addFolder(zip, folder, '', { count: 0, signal });
  zip.end();
  return zip.outputStream;
}

interface Walk {
  count: number;
  readonly signal: AbortSignal;
}

async function addFolder(zip: ZipFile, folder: string, prefix: string, walk: Walk): Promise<void> {
  for await (const { name } of await opendir(folder)) {
    walk.signal.throwIfAborted();
    walk.count += 1;
    if (walk.count > ENTRIES_MAX) {
      throw new EngineError('invalid', `A zip holds at most ${ENTRIES_MAX} files. Take a smaller folder.`);
    }
    await addEntry(zip, join(folder, name), `${prefix}${name}`, walk);
  }
}

async function addEntry(zip: ZipFile, place: string, name: string, walk: Walk): Promise<void> {
  const stats = await lstat(place).catch(() => undefined);
  if (stats === undefined) return;
  const { mtime, mode } = stats;
  if (stats.isDirectory()) {
    zip.addEmptyDirectory(name, { mtime, mode });
    await addFolder(zip, place, `${name}/`, walk);
  } else if (stats.isSymbolicLink()) {
    zip.addBuffer(Buffer.from(await readlink(place)), name, { mtime, mode: LINK_MODE });
  } else if (stats.isFile()) {
    zip.addReadStreamLazy(name, { mtime, mode }, (give) => give(null, createReadStream(place)));
  }
}
