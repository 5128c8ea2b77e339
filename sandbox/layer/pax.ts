import { EngineError } from '../oci/errors.ts';

/** What extended headers say of the entry after them (POSIX, pax, "pax Header Block"); bytes as latin1. */
export class PaxRecords {
  readonly #values = new Map<string, string>();
  /** GNU's first format of sparse files repeats these two, so that their order counts. */
  readonly #sparse: string[] = [];

  add(records: readonly (readonly [key: string, value: string])[]): void {
    for (const [key, value] of records) this.set(key, value);
  }

  set(key: string, value: string): void {
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') this.#sparse.push(value);
    else this.#values.set(key, value);
  }

  /** Undefined for an empty one too: it says that the header's own field counts. */
  get(key: string): string | undefined {
    const value = this.#values.get(key);
    return value === '' ? undefined : value;
  }

  /** Throws `EngineError('invalid')` for what is no number. */
  number(key: string): number | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (!/^-?\d+(\.\d*)?$/.test(value)) throw invalidHeader();
    return Number(value);
  }

  /** Offsets and sizes in turns. */
  get sparsePairs(): readonly string[] {
    return this.#sparse;
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  /** Those whose name begins with `prefix`, without it. */
  *under(prefix: string): Generator<[name: string, value: string]> {
    for (const [key, value] of this.#values) {
      if (key.startsWith(prefix)) yield [key.slice(prefix.length), value];
    }
  }
}

/** Each record is `length key=value\n`. */
export function parsePax(bytes: Buffer): [key: string, value: string][] {
  const records: [string, string][] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const blank = bytes.indexOf(0x20, at);
    const length = blank === -1 ? 0 : Number(bytes.toString('latin1', at, blank));
    const end = at + length;
    if (!Number.isInteger(length) || end <= blank || end > bytes.byteLength || bytes[end - 1] !== 0x0a) {
      throw invalidHeader();
    }
    const record = bytes.toString('latin1', blank + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) throw invalidHeader();
    records.push([record.slice(0, equals), record.slice(equals + 1)]);
    at = end;
  }
  return records;
}

function invalidHeader(): EngineError {
  return new EngineError('invalid', 'archive/tar: invalid tar header');
}
