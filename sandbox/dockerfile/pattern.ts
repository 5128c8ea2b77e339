/** `${name#pattern}`, `${name%pattern}`, `${name/pattern/replacement}`, and their doubled forms. */
export type Substitution =
  | { readonly kind: 'prefix' | 'suffix'; readonly pattern: string; readonly longest: boolean }
  | {
      readonly kind: 'replace';
      readonly pattern: string;
      readonly replacement: string;
      readonly once: boolean;
    };

/** Length of a pattern times length of a text. */
const MOST_WORK = 4_000_000;

/** `value` with what the pattern matches taken away or replaced. Throws `SyntaxError` for a pattern that is none. */
export function substitute(value: string, how: Substitution): string {
  const parts = parsePattern(how.pattern);
  const characters = Array.from(value);
  if (parts.length * characters.length > MOST_WORK) throw new SyntaxError('expression too large');
  if (how.kind === 'replace') return replace(characters, { ...how, parts });
  const forwards = how.kind === 'prefix';
  const ends = forwards
    ? endsOfMatches(parts, characters, 0)
    : endsOfMatches(parts.toReversed(), characters.toReversed(), 0);
  const end = how.longest ? ends.at(-1) : ends[0];
  if (end === undefined) return value;
  return (forwards ? characters.slice(end) : characters.slice(0, characters.length - end)).join('');
}

/** A character as it is, any one character, or any number of them. */
type Part = { readonly literal: string } | 'one' | 'many';

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = [];
  const characters = Array.from(pattern);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (character === '*') {
      // Several in a row are one; each more would multiply the work.
      if (parts.at(-1) !== 'many') parts.push('many');
    } else if (character === '?') parts.push('one');
    else if (character === '\\') parts.push({ literal: escaped(characters[++i]) });
    else parts.push({ literal: character });
  }
  return parts;
}

function escaped(character: string | undefined): string {
  if (character === undefined || !'*?\\}/'.includes(character)) {
    throw new SyntaxError(`invalid escape '\\${character ?? ''}'`);
  }
  return character;
}

/**
 * Where a match that begins at `start` can end, in rising order. Follows all ways at once, so that the time is that of
 * the pattern's length times the text's.
 */
function endsOfMatches(parts: readonly Part[], characters: readonly string[], start: number): number[] {
  const ends: number[] = [];
  let states = closure(parts, new Set([0]));
  for (let at = start; ; at++) {
    if (states.has(parts.length)) ends.push(at);
    const character = characters[at];
    if (character === undefined || states.size === 0) return ends;
    states = closure(parts, advance(parts, states, character));
  }
}

function advance(parts: readonly Part[], states: ReadonlySet<number>, character: string): Set<number> {
  const next = new Set<number>();
  for (const state of states) {
    const part = parts[state];
    // Go's `.` does not match the end of a line.
    if (part === 'many' && character !== '\n') next.add(state);
    else if (part === 'one' && character !== '\n') next.add(state + 1);
    else if (typeof part === 'object' && part.literal === character) next.add(state + 1);
  }
  return next;
}

/** With the states that are reached because `*` may match nothing. */
function closure(parts: readonly Part[], states: Set<number>): Set<number> {
  for (const state of states) if (parts[state] === 'many') states.add(state + 1);
  return states;
}

interface Replacement {
  readonly parts: readonly Part[];
  readonly replacement: string;
  readonly once: boolean;
}

/** Of the matches, the leftmost, and of those the longest. */
function replace(characters: readonly string[], { parts, replacement, once }: Replacement): string {
  const starts = startsOfMatches(parts, characters);
  const result: string[] = [];
  let done = false;
  let lastEnd = -1;
  for (let at = 0; at <= characters.length;) {
    const end = starts[at] && !done ? endsOfMatches(parts, characters, at).at(-1) : undefined;
    // Right behind a match an empty one is none.
    if (end !== undefined && (end > at || lastEnd !== at)) {
      result.push(replacement);
      done = once;
      lastEnd = end;
    }
    if (end !== undefined && end > at) at = end;
    else result.push(characters[at++] ?? '');
  }
  return result.join('');
}

/** For each place in the text, whether a match begins there: the pattern followed backwards, from every end at once. */
function startsOfMatches(parts: readonly Part[], characters: readonly string[]): boolean[] {
  const backwards = parts.toReversed();
  const starts: boolean[] = [];
  let states = new Set<number>();
  for (let at = characters.length; at >= 0; at--) {
    const character = characters[at];
    states = character === undefined ? states : advance(backwards, states, character);
    states = closure(backwards, states.add(0));
    starts[at] = states.has(parts.length);
  }
  return starts;
}
