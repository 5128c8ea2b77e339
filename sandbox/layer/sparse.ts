import { EngineError } from '../oci/errors.ts';
import type { PaxRecords } from './pax.ts';
import { parseNumber } from './tar-header.ts';

/** The pieces of a sparse file that hold data, in their order (GNU tar, "Storing Sparse Files"). */
export type SparseMap = readonly { readonly at: number; readonly size: number }[];

export function sizeOfSparse(map: SparseMap): number {
  return map.reduce((total, { size }) => total + size, 0);
}

const NUMBER_BYTES = 12;
const IN_HEADER = { at: 386, pairs: 4, more: 482, realSize: 483 } as const;
const IN_EXTENSION = { at: 0, pairs: 21, more: 504 } as const;

/** The part of a map that an old GNU header, or a block after it, holds; `more` says that another block follows. */
export function readGnuSparse(
  block: Buffer,
  { first }: { readonly first: boolean },
): { readonly map: SparseMap; readonly more: boolean; readonly realSize: number } {
  const place = first ? IN_HEADER : IN_EXTENSION;
  const map: { at: number; size: number }[] = [];
  for (let i = 0; i < place.pairs; i++) {
    const at = place.at + 2 * NUMBER_BYTES * i;
    if (block[at] === 0) break;
    map.push({ at: numberAt(block, at), size: numberAt(block, at + NUMBER_BYTES) });
  }
  return { map, more: block[place.more] === 1, realSize: first ? numberAt(block, IN_HEADER.realSize) : 0 };
}

interface PaxSparse {
  readonly realSize: number;
  readonly path: string | undefined;
  /** Undefined when it stands at the beginning of the content. */
  readonly map: SparseMap | undefined;
}

/** Undefined for a file that is not sparse. */
export function paxSparse(records: PaxRecords): PaxSparse | undefined {
  const realSize = records.number('GNU.sparse.realsize') ?? records.number('GNU.sparse.size');
  if (realSize === undefined) return undefined;
  const path = records.get('GNU.sparse.name');
  if (records.get('GNU.sparse.major') === '1') return { realSize, path, map: undefined };
  const text = records.get('GNU.sparse.map');
  const numbers = text === undefined ? records.sparsePairs : text.split(',');
  return { realSize, path, map: pairs(numbers.map(decimal)) };
}

/** The map at the beginning of the content: lines of decimal numbers, the count first; undefined until it is whole. */
export function readSparseData(text: string): SparseMap | undefined {
  const lines = text.split('\n');
  lines.pop();
  const [count, ...numbers] = lines;
  if (count === undefined) return undefined;
  const wanted = 2 * decimal(count);
  return numbers.length < wanted ? undefined : pairs(numbers.slice(0, wanted).map(decimal));
}

function pairs(numbers: readonly number[]): SparseMap {
  if (numbers.length % 2 !== 0) throw invalidHeader();
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    at: numbers[2 * i] ?? 0,
    size: numbers[2 * i + 1] ?? 0,
  }));
}

function decimal(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalidHeader();
  return Number(text);
}

function numberAt(block: Buffer, at: number): number {
  const value = parseNumber(block, at, NUMBER_BYTES);
  if (value === undefined || value < 0) throw invalidHeader();
  return value;
}

function invalidHeader(): EngineError {
  return new EngineError('invalid', 'archive/tar: invalid tar header');
}
