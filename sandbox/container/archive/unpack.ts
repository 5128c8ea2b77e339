import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import path from 'node:path/posix';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';

import { extract, type Header } from 'tar-stream';

import { clean } from './go-path.ts';
import type { Folder } from './root.ts';
import { openFolder, statAt, type Place, type Root } from './root.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface UnpackOptions {
  /** Everything belongs to this user, whatever the archive says. */
  readonly owner?: Owner;
  /** Refuses to put a file where a folder is, and the other way round. */
  readonly keepKinds: boolean;
}

/** Where the archive is unpacked: a folder of the container. */
interface Target {
  readonly root: Root;
  /** As the container sees it. */
  readonly path: string;
  readonly options: UnpackOptions;
}

interface FolderTime {
  readonly path: string;
  readonly seconds: number;
}

/**
 * Unpacks a tar into `path`. Each entry's folder is looked up inside the container, as `Root` does it, so links in the
 * archive and links that appear at the same time stay inside.
 */
export async function unpack(source: Readable, target: Target): Promise<void> {
  const times: FolderTime[] = [];
  const entries = extract();
  const reading = pipeline(source, entries);
  // The loop below sees the error as well, and throws it.
  reading.catch(() => undefined);
  try {
    for await (const entry of entries) {
      await placeEntry(entry.header, entry as unknown as Readable, target, times).catch((error: unknown) => {
        throw named(error, path.join(target.path, clean(entry.header.name)));
      });
      entry.resume();
    }
    await reading;
  } catch (error) {
    entries.destroy();
    throw asGo(error);
  }
  for (const { path: folder, seconds } of times) setFolderTime(target.root, folder, seconds);
}

async function placeEntry(
  header: Header,
  content: Readable,
  target: Target,
  times: FolderTime[],
): Promise<void> {
  const name = clean(header.name);
  const full = path.join(target.path, name);
  if (name === '..' || name.startsWith('../')) {
    throw new Error(`"${name}" is outside of "${target.path}"`);
  }
  const place = parentOf(target, full);
  try {
    if (!makeWay(place, header, name, target)) return;
    await create(place, header, content, target);
    if (header.type === 'directory') times.push({ path: full, seconds: secondsOf(header) });
  } finally {
    place.folder.close();
  }
}

/** The place of an entry; folders on the way that are missing are made, and belong to root. */
function parentOf({ root }: Target, full: string): Place {
  try {
    return root.locate(full, { follow: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  makeFolders(root, path.dirname(full));
  return root.locate(full, { follow: false });
}

export function makeFolders(root: Root, folder: string): void {
  let made = '/';
  for (const name of folder.split('/').filter((each) => each !== '')) {
    made = path.join(made, name);
    const place = root.locate(made, { follow: true });
    if (statAt(place) === undefined) mkdirSync(place.folder.at(place.name), 0o755);
    place.folder.close();
  }
}

/** Removes what is in the way. False when there is nothing to do for this entry. */
function makeWay(
  place: Place,
  header: Header,
  name: string,
  { root, options, path: target }: Target,
): boolean {
  const present = statAt(place);
  if (present === undefined) return true;
  const isFolder = header.type === 'directory';
  if (options.keepKinds && present.isDirectory() && !isFolder) {
    throw new Error(`cannot overwrite directory "${place.path}" with non-directory "${target}"`);
  }
  if (options.keepKinds && !present.isDirectory() && isFolder) {
    throw new Error(`cannot overwrite non-directory "${place.path}" with directory "${target}"`);
  }
  if (present.isDirectory() && name === '.') return false;
  if (present.isDirectory() && isFolder) return true;
  if (root.isMountPoint(place.path)) throw new Error(`unlinkat ${place.path}: device or resource busy`);
  removeTree(place.folder, place.name);
  return true;
}

/** As `rm -r`, without ever following a link. */
export function removeTree(parent: Folder, name: string): void {
  if (statAt({ folder: parent, name })?.isDirectory() !== true) {
    unlinkSync(parent.at(name));
    return;
  }
  const folder = openFolder(parent, name);
  try {
    for (const each of readdirSync(folder.at('.'))) removeTree(folder, each);
  } finally {
    folder.close();
  }
  rmdirSync(parent.at(name));
}

async function create(place: Place, header: Header, content: Readable, target: Target): Promise<void> {
  const file = place.folder.at(place.name);
  switch (header.type) {
    case 'directory':
      if (statAt(place) === undefined) mkdirSync(file, 0o700);
      setAttributes(place, header, target);
      return;
    case 'file':
    case 'contiguous-file':
      await writeFileAt(place, header, content, target);
      return;
    case 'symlink':
      symlinkSync(checkedLink(place, header, target), file);
      setAttributes(place, header, target);
      return;
    case 'link':
      linkAt(place, header, target);
      return;
    case 'fifo':
      await makeFifo(place);
      setAttributes(place, header, target);
      return;
    case 'character-device':
    case 'block-device':
      // Nobody may make devices in a user namespace; dockerd skips them there as well.
      return;
    default:
      throw new Error(`unhandled tar header type ${String(header.type)}`);
  }
}

async function writeFileAt(place: Place, header: Header, content: Readable, target: Target): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const descriptor = openSync(place.folder.at(place.name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    // A stream for writing would close the file when it fails, and hide why.
    for await (const chunk of content as AsyncIterable<Buffer>)
      for (let at = 0; at < chunk.byteLength;) at += writeSync(descriptor, chunk, at);
    const { uid, gid } = ownerOf(header, target);
    fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, modeOf(header));
    futimesSync(descriptor, secondsOf(header), secondsOf(header));
  } finally {
    closeSync(descriptor);
  }
}

/** dockerd refuses a link whose text leads out of the target, even if it would stay in the container. */
function checkedLink(place: Place, { linkname }: Header, target: Target): string {
  const text = linkname;
  const leads = path.join(path.dirname(place.path), text);
  if (!leads.startsWith(target.path)) throw new Error(`invalid symlink "${place.path}" -> "${text}"`);
  return text;
}

function linkAt(place: Place, { linkname }: Header, target: Target): void {
  const text = linkname;
  const existing = path.join(target.path, text);
  if (!existing.startsWith(target.path)) throw new Error(`invalid hardlink "${existing}" -> "${text}"`);
  const missing = new Error(`link ${existing} ${place.path}: no such file or directory`);
  const from = locateOr(missing, target.root, existing);
  try {
    if (statAt(from) === undefined) throw missing;
    linkSync(from.folder.at(from.name), place.folder.at(place.name));
  } finally {
    from.folder.close();
  }
}

function locateOr(missing: Error, root: Root, existing: string): Place {
  try {
    return root.locate(existing, { follow: false });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? missing : error;
  }
}

async function makeFifo({ folder, name }: Place): Promise<void> {
  const child = spawn('mkfifo', ['--', `/proc/self/fd/3/${name}`], {
    stdio: ['ignore', 'ignore', 'ignore', folder.descriptor],
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`mkfifo ${folder.pathOf(name)}: not possible`);
}

/** Owner, mode and time of what is no ordinary file. */
function setAttributes(place: Place, header: Header, target: Target): void {
  const { uid, gid } = ownerOf(header, target);
  const file = place.folder.at(place.name);
  if (header.type === 'symlink') {
    lchownSync(file, uid, gid);
    lutimesSync(file, secondsOf(header), secondsOf(header));
    return;
  }
  withObject(place, (object) => {
    chownSync(object, uid, gid);
    chmodSync(object, modeOf(header));
    utimesSync(object, secondsOf(header), secondsOf(header));
  });
}

/** A path that means the object itself, whatever takes its place meanwhile. */
function withObject({ folder, name }: Pick<Place, 'folder' | 'name'>, act: (object: string) => void): void {
  const descriptor = openSync(folder.at(name), 0o10000000 | constants.O_NOFOLLOW);
  try {
    act(`/proc/self/fd/${descriptor}`);
  } finally {
    closeSync(descriptor);
  }
}

/** After all files are in it. */
function setFolderTime(root: Root, folder: string, seconds: number): void {
  const place = root.locate(folder, { follow: false });
  try {
    if (statAt(place)?.isDirectory() === true)
      withObject(place, (object) => utimesSync(object, seconds, seconds));
  } finally {
    place.folder.close();
  }
}

function ownerOf(header: Header, { options }: Target): Owner {
  return options.owner ?? { uid: header.uid, gid: header.gid };
}

function modeOf(header: Header): number {
  return header.mode & 0o7777;
}

/** With the fraction, where the archive has one. */
function secondsOf(header: Header): number {
  const exact = Number((header.pax as Readonly<Record<string, string>> | undefined)?.mtime);
  return Number.isFinite(exact) ? exact : header.mtime.getTime() / 1000;
}

/** The system's own error with the path as the container sees it: `write /data/big: no space left on device`. */
function named(error: unknown, entry: string): unknown {
  const [, words, call] = /^E[A-Z0-9]+: ([^,]+), (\w+)/.exec((error as Error).message) ?? [];
  return words === undefined ? error : new Error(`${call ?? 'open'} ${entry}: ${words}`, { cause: error });
}

const GO_WORDS: readonly (readonly [RegExp, string])[] = [
  [/unexpected end of data|premature/i, 'unexpected EOF'],
  [/invalid tar header/i, 'archive/tar: invalid tar header'],
];

/** What Go's reader says where ours has other words. */
function asGo(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const found = GO_WORDS.find(([pattern]) => pattern.test(message));
  return new Error(found?.[1] ?? message, { cause: error });
}
