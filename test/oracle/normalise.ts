/** What the normaliser must know of one run, to tell what is random from what the row itself says. */
export interface Known {
  /** Text of the row: what it names itself is compared as it is. */
  readonly script: string;
  /** Ids and digests that both engines must agree on: those of the catalog. */
  readonly digests: ReadonlySet<string>;
  /** Names of containers that were made while the row ran. */
  readonly names: readonly string[];
  /** Folder the row ran in. */
  readonly folder: string;
}

/**
 * Makes a normaliser whose numbering goes on from text to text: the same id gets the same number in the output and
 * in the state, whether it is printed whole or short.
 */
export function normaliser({ script, digests, names, folder }: Known): (text: string) => string {
  const short = new Set([...digests].map((digest) => digest.slice(0, SHORT)));
  const ids = new Map<string, string>();
  const numbered = (id: string): string => {
    const key = id.slice(0, SHORT);
    if (short.has(key) || /^0+$/u.test(id)) return id;
    const number = ids.get(key) ?? String(ids.size + 1);
    ids.set(key, number);
    return id.length === SHORT ? `<id ${number}>` : `<long id ${number}>`;
  };
  const random = names.filter((name) => !script.includes(name));
  return (text) => {
    let plain = text
      .replaceAll(RACE, '')
      .replaceAll(HASTE, '')
      .replaceAll(PIECES, '')
      .replaceAll('\r', '')
      .replaceAll(folder, '<folder>');
    random.forEach((name, index) => (plain = plain.replaceAll(name, `<name ${index + 1}>`)));
    // Ids before times: a long id may hold ten digits that look like one.
    plain = plain.replaceAll(ID, numbered);
    for (const [pattern, replacement] of [...TIMES, ...POOLS]) plain = plain.replaceAll(pattern, replacement);
    return plain.replaceAll(/ {2,}/gu, '  ').replaceAll(/ +$/gmu, '');
  };
}

/** The CLI itself prints this now and then after a failed start, whoever answers it. */
const RACE = /^time=\S+ level=error msg="error waiting for container: context canceled"\n\n?/gmu;

/** A short download is over before anybody sees that it was checked. */
const HASTE = /^[0-9a-f]{12}: Verifying Checksum\s*\n/gmu;

/** What a build's command writes to standard error is red, piece by piece: how it is cut depends on who is faster. */
const PIECES = '\u001b[0m\u001b[91m';

const ID = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{12})(?![0-9a-f])/gu;

/** Digits of a short id. */
const SHORT = 12;

const AMOUNT = '(?:Less than a|About an?|\\d+) (?:second|minute|hour|day|week|month|year)s?';

/** dockerd goes on to the next of its address pools with every network, ours takes the first free one. */
const POOLS: readonly (readonly [RegExp, string])[] = [
  [/(?<!\d)172\.(?:1[89]|2\d|3[01])\.0\./gu, '172.<pool>.0.'],
  [/02:42:ac:1[2-9a-f]:/gu, '02:42:ac:<pool>:'],
];

const TIMES: readonly (readonly [RegExp, string])[] = [
  [/(?!0001-)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?(?: [A-Z]+)?/gu, '<time>'],
  [new RegExp(`${AMOUNT} ago`, 'gu'), '<some time> ago'],
  [new RegExp(`Up ${AMOUNT}`, 'gu'), 'Up <some time>'],
  [/(?<!\d)1[67]\d{17}(?!\d)/gu, '<nanoseconds>'],
  [/(?<!\d)1[67]\d{8}(?!\d)/gu, '<seconds>'],
];
