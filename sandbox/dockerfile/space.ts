/** White space as Go's `unicode.IsSpace` has it: with U+0085, without the byte order mark. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;
const LEADING = new RegExp(`^${SPACE.source}+`, 'u');
/** Text up to the last character that is no white space. */
const TRAILING = new RegExp(`${SPACE.source}$`, 'u');

export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

export function trimStart(text: string): string {
  return text.replace(LEADING, '');
}

export function trim(text: string): string {
  let end = text.length;
  // One character at a time: a pattern of many blanks before the end takes a square of their number.
  while (end > 0 && TRAILING.test(text.charAt(end - 1))) end--;
  return trimStart(text.slice(0, end));
}

/** Between the words of an instruction. */
export const GAP = /[\t\v\f\r ]+/u;
