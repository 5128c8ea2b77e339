import { DockerfileError } from './error.ts';

/** A pattern of `.dockerignore`, ready to be matched. */
export type Glob = readonly Part[];

type Part =
  | { readonly kind: 'literal'; readonly character: string }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    }
  /** `?` and `*`: within one name. */
  | { readonly kind: 'one' | 'star' }
  /** `**` in the middle: nothing, or any number of whole folders. */
  | { readonly kind: 'folders' }
  /** `**` at the end. */
  | { readonly kind: 'rest' };

/** Throws `DockerfileError` in the words of Go's `filepath.Match`. */
export function parseGlob(pattern: string): Glob {
  return new GlobParser(pattern).parse();
}

/** Whether `path` matches, or a folder above it. The time is that of the pattern's length times the path's. */
export function matches(glob: Glob, path: string): boolean {
  let states = reached(glob, [{ at: 0, inside: false }]);
  for (const character of path) {
    if (character === '/' && states.some(({ at }) => at === glob.length)) return true;
    states = reached(
      glob,
      states.flatMap((state) => step(glob, state, character)),
    );
    if (states.length === 0) return false;
  }
  return states.some(({ at }) => at === glob.length);
}

class GlobParser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  parse(): Glob {
    const parts: Part[] = [];
    while (this.#at < this.#characters.length) parts.push(this.#part());
    return parts;
  }

  #part(): Part {
    const character = this.#take();
    if (character === '*') return this.#star();
    if (character === '?') return { kind: 'one' };
    if (character === '[') return this.#class();
    return { kind: 'literal', character: character === '\\' ? this.#escaped() : character };
  }

  #star(): Part {
    if (!this.#skip('*')) return { kind: 'star' };
    this.#skip('/');
    return { kind: this.#at === this.#characters.length ? 'rest' : 'folders' };
  }

  #class(): Part {
    const negated = this.#skip('^');
    const ranges: [string, string][] = [];
    do {
      const low = this.#member();
      ranges.push([low, this.#skip('-') ? this.#member() : low]);
    } while (!this.#skip(']'));
    return { kind: 'class', negated, ranges };
  }

  #member(): string {
    const character = this.#take();
    if (character === '-' || character === ']') throw badPattern();
    return character === '\\' ? this.#escaped() : character;
  }

  #escaped(): string {
    return this.#take();
  }

  #take(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw badPattern();
    return character;
  }

  #skip(character: string): boolean {
    const found = this.#characters[this.#at] === character;
    if (found) this.#at++;
    return found;
  }
}

function badPattern(): DockerfileError {
  return new DockerfileError('syntax error in pattern');
}

/** Where in the pattern a match has come to; `inside` a `folders` that has taken something. */
interface State {
  readonly at: number;
  readonly inside: boolean;
}

function step(glob: Glob, { at, inside }: State, character: string): State[] {
  const part = glob[at];
  if (part === undefined) return [];
  const next: State = { at: at + 1, inside: false };
  switch (part.kind) {
    case 'literal':
      return part.character === character ? [next] : [];
    case 'class':
      return part.ranges.some(([low, high]) => low <= character && character <= high) === part.negated
        ? []
        : [next];
    case 'one':
      return character === '/' ? [] : [next];
    case 'star':
      return character === '/' ? [] : [{ at, inside }];
    case 'folders':
      return character === '/' ? [{ at, inside: true }, next] : [{ at, inside: true }];
    case 'rest':
      return [{ at, inside }];
  }
}

/** With the states that are reached because a part may match nothing; each once. */
function reached(glob: Glob, states: readonly State[]): State[] {
  const found = [...states];
  const seen = new Set<number>();
  // Grows while it is walked.
  for (const { at, inside } of found) {
    const kind = glob[at]?.kind;
    const skips = kind === 'star' || kind === 'rest' || (kind === 'folders' && !inside);
    if (skips) found.push({ at: at + 1, inside: false });
  }
  return found.filter(({ at, inside }) => {
    const key = 2 * at + Number(inside);
    return !seen.has(key) && seen.add(key);
  });
}
