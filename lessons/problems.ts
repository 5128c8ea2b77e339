/** Something wrong in a lesson, for its author. */
export interface LessonProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

export function formatProblem({ file, line, message }: LessonProblem): string {
  return `${file}:${line}: ${message}`;
}

/** A name is taken for a slip of another one up to this many edits. */
const SLIP_MAX = 3;

/** ` Did you mean …?`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.min(SLIP_MAX, Math.ceil(candidate.length / 2)))
    .sort((one, other) => one.edits - other.edits);
  return best ? ` Did you mean \`${best.candidate}\`?` : '';
}

/** Levenshtein's distance; two neighbours exchanged count as one edit. */
export function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      let edits = Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      const exchanged = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (exchanged) edits = Math.min(edits, at(i - 2, j - 2) + 1);
      row.push(edits);
    }
  }
  return at(from.length, to.length);
}
