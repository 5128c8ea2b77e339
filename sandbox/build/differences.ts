import { toText } from '../layer/raw-path.ts';
import type { Found } from './source/find.ts';
import { hashOf } from './source/find.ts';
import { below, follow } from './source/source.ts';

/** How what COPY or ADD takes differs from what the same instruction took over the same image the last time. */
export interface Difference {
  /** The first `SHOWN_MAX` of `total`, sorted. */
  readonly files: readonly { readonly path: string; readonly change: 'added' | 'changed' | 'deleted' }[];
  readonly total: number;
}

interface Taken {
  readonly hash: string;
  readonly sums: ReadonlyMap<string, string>;
}

const SHOWN_MAX = 20;
/** Of all instructions together: a name and a sum are some hundred bytes. */
const FILES_MAX = 20_000;
/** Digits of a sum that are kept: two files are told apart, nobody is to be convinced. */
const SUM_DIGITS = 16;

/**
 * Remembers what instructions took, so that a later build can say which file is new. Bounded: the instructions that
 * were not seen for the longest are forgotten first.
 */
export class Differences {
  readonly #taken = new Map<string, Taken>();
  #files = 0;

  /** Undefined when nothing is known of an earlier time, or all is as it was. `key` stands for image and instruction. */
  async compare(key: string, found: readonly Found[]): Promise<Difference | undefined> {
    const hash = hashOf(found);
    const before = this.#taken.get(key);
    this.#forget(key);
    const now = before?.hash === hash ? before : { hash, sums: await sumsOf(found) };
    this.#remember(key, now);
    return before && before !== now ? differenceOf(before.sums, now.sums) : undefined;
  }

  #forget(key: string): void {
    this.#files -= this.#taken.get(key)?.sums.size ?? 0;
    this.#taken.delete(key);
  }

  #remember(key: string, taken: Taken): void {
    this.#taken.set(key, taken);
    this.#files += taken.sums.size;
    for (const oldest of this.#taken.keys()) {
      if (this.#files <= FILES_MAX) break;
      this.#forget(oldest);
    }
  }
}

async function sumsOf(found: readonly Found[]): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for (const { source, path, name, hash } of found) {
    if (source.node(path)?.kind !== 'folder') {
      sums.set(name, hash.slice(-SUM_DIGITS));
      continue;
    }
    for (const each of below(source, path)) {
      if (source.node(each)?.kind === 'folder') continue;
      sums.set(toText(each), (await source.hash(follow(source, each), each)).slice(-SUM_DIGITS));
    }
  }
  return sums;
}

function differenceOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Difference {
  const files: Difference['files'][number][] = [];
  for (const [path, sum] of now) {
    if (before.get(path) !== sum) files.push({ path, change: before.has(path) ? 'changed' : 'added' });
  }
  for (const path of before.keys()) if (!now.has(path)) files.push({ path, change: 'deleted' });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: files.slice(0, SHOWN_MAX), total: files.length };
}
