import { signalWithin } from '../../sandbox/time/limit.ts';
import { Refusal } from '../refusal.ts';
import type { MachineFiles } from './machine-files.ts';

/** Bytes of a file that is kept, and of all of them. */
const FILE_MAX_BYTES = 32 * 1024;
const ALL_MAX_BYTES = 256 * 1024;
const FILES_MAX = 100;
/** Files that are read to find out whether they are texts. */
const READS_MAX = 300;
const FOLDERS_MAX = 50;
/** Paths that are remembered of files that are not kept. */
export const NAMES_MAX = 1000;
const TAKE_MS = 10_000;

/** Folders that hold nobody's work. */
const PASSED_OVER = /^(?:node_modules|__pycache__|\.git|\.cache|\.config|\.docker|\.local|\.npm)$/;

/** The small texts of a home as they were at one moment. */
interface Texts {
  readonly kept: ReadonlyMap<string, string>;
  /** Paths of files that were there and are not kept, as many as are remembered. */
  readonly left: ReadonlySet<string>;
  /** Every folder was looked into, and every file in them is in `kept` or `left`. */
  readonly whole: boolean;
}

/** The learner's files as they were when the step began that is worked on, for whoever compares. Kept in memory, bounded. */
export class StepBeginning {
  readonly #files: MachineFiles;
  #texts: Promise<Texts> | undefined;
  #taking: AbortController | undefined;

  constructor(files: MachineFiles) {
    this.#files = files;
  }

  /** A step begins now: what was kept of the one before goes. */
  take(): void {
    this.close();
    this.#taking = new AbortController();
    const signal = signalWithin(TAKE_MS, this.#taking.signal);
    this.#texts = takeTexts(this.#files, signal);
  }

  close(): void {
    this.#taking?.abort();
  }

  /** What the file held; null when it was not there. Rejects with a `Refusal` when that is not known. */
  async find(path: string): Promise<string | null> {
    if (!this.#texts)
      throw new Refusal('not-found', 'How the files were at the beginning of this step is not known.');
    const { kept, left, whole } = await this.#texts;
    const text = kept.get(path);
    if (text !== undefined) return text;
    if (whole && !left.has(path)) return null;
    throw new Refusal(
      'not-found',
      'How this file was at the beginning of the step was not kept: only small texts are.',
    );
  }
}

async function takeTexts(files: MachineFiles, signal: AbortSignal): Promise<Texts> {
  const kept = new Map<string, string>();
  const left = new Set<string>();
  const folders = [''];
  let bytes = 0;
  let reads = 0;
  let whole = true;
  for (const folder of folders) {
    const listing = await files.list(folder, signal).catch(() => undefined);
    if (!listing || listing.more) whole = false;
    for (const { name, type, size, link } of listing?.entries ?? []) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (type === 'folder' && link !== true && !PASSED_OVER.test(name)) {
        if (folders.length < FOLDERS_MAX) folders.push(path);
        else whole = false;
      }
      if (type !== 'file') continue;
      const room = reads < READS_MAX && kept.size < FILES_MAX && bytes + size <= ALL_MAX_BYTES;
      const fits = size <= FILE_MAX_BYTES && room;
      if (fits) reads += 1;
      const text = fits ? await files.readText(path, FILE_MAX_BYTES, signal) : undefined;
      if (text === undefined || text.includes('\0')) {
        if (left.size < NAMES_MAX) left.add(path);
        else whole = false;
        continue;
      }
      kept.set(path, text);
      bytes += size;
    }
  }
  return { kept, left, whole: whole && !signal.aborted };
}
