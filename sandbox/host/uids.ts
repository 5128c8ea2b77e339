/** Every session owns this many host uids and gids: 0–65535 inside. */
export const RANGE_SIZE = 65_536;

/**
 * 0x70000000: the part of the uid space that no convention hands out – users, subuid(5) and container managers
 * stay below it, and 32-bit signed arithmetic ends above its 4096 ranges.
 */
export const FIRST_UID = 0x7000_0000;
export const RANGE_COUNT = 4096;

/** Which range of host uids belongs to which session. A range is free again only after `release`. */
export class UidTable {
  readonly #owners = new Map<number, string>();
  readonly #count: number;
  readonly #first: number;

  /** `first` is where the search begins: supervisors that begin at different places rarely meet. */
  constructor({ count = RANGE_COUNT, first = 0 } = {}) {
    this.#count = count;
    this.#first = first;
  }

  /** Takes the next free range; `undefined` when none is left. */
  take(owner: string): number | undefined {
    for (let tried = 0; tried < this.#count; tried++) {
      const range = (this.#first + tried) % this.#count;
      if (this.#owners.has(range)) continue;
      this.#owners.set(range, owner);
      return range;
    }
    return undefined;
  }

  /** Takes the range that a record names; false when another session has it or it is out of bounds. */
  claim(range: number, owner: string): boolean {
    if (!Number.isInteger(range) || range < 0 || range >= this.#count) return false;
    const holder = this.#owners.get(range);
    if (holder !== undefined && holder !== owner) return false;
    this.#owners.set(range, owner);
    return true;
  }

  release(range: number): void {
    this.#owners.delete(range);
  }
}

/** The first host uid of a range. */
export const firstUid = (range: number): number => FIRST_UID + range * RANGE_SIZE;
