import { constants } from 'node:fs';
import { lstat, open, opendir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
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

/** Not through a link, nor waiting for the other end of a pipe, which may be there now in the file's place. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What is in a file; nothing when it has gone since it was listed: what else there is, is not to be lost for it. */
async function* contentOf(place: string): AsyncGenerator<Buffer> {
  const file = await open(place, READ_FLAGS).catch(() => undefined);
  if (file !== undefined) yield* file.createReadStream() as AsyncIterable<Buffer>;
}

/**
 * A name that a zip can carry, and that leads to no other place where it is unpacked: on some systems a backslash parts folders, and a
 * letter with a colon is a disk.
 */
const inZip = (name: string): string => name.replaceAll('\\', '_').replace(/^([a-z]):/i, '$1_');

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
    await addEntry(zip, join(folder, name), prefix + inZip(name), walk);
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
    zip.addReadStreamLazy(name, { mtime, mode }, (give) => {
      const content = Readable.from(contentOf(place), { objectMode: false });
      content.on('error', (error) => zip.outputStream.emit('error', error));
      give(null, content);
    });
  }
}
