/** A path as a program has printed it, and where in the text it stands. */
export interface PathInText {
  readonly start: number;
  /** Behind the last character, the number of the line included. */
  readonly end: number;
  readonly path: string;
  /** Counted from one; undefined where none was printed. */
  readonly line: number | undefined;
}

/** Of one line of text; more are nobody's to click. */
const PATHS_MAX = 8;
const PATH_MAX = 256;

const NAME = String.raw`[\w@%+-][\w.@%+-]*|\.[\w][\w.@%+-]*`;
const PATH = String.raw`(?:file://)?((?:~/|\.{1,2}/|/)?(?:(?:${NAME}|\.\.)/)*(?:${NAME}))`;
/** `web/app.js:12:3`, `app.py(12)`, `File "app.py", line 12` */
const FOUND = new RegExp(
  String.raw`(?<![\w./~@%+:-])${PATH}(?::(\d+)(?::\d+)?|\((\d+)(?:,\d+)?\)|", line (\d+))?`,
  'g',
);
/** Names of files that have no ending, where they stand alone. */
const BARE = /^(?:Docker|Container|Make|Proc|Gem|Rake|Vagrant)file$/;

/** What may be paths in a line of output. Whether there are such files is for others to find out. */
export function pathsIn(text: string): PathInText[] {
  return [...text.matchAll(FOUND)].flatMap((match) => toPath(match)).slice(0, PATHS_MAX);
}

function toPath(match: RegExpExecArray): PathInText[] {
  const [whole, written = '', ...numbers] = match;
  // A full stop behind it ends the sentence, not the name.
  const path = written.replace(/\.+$/, '');
  const number = numbers.find((each: string | undefined) => each !== undefined);
  const isPath =
    path.includes('/') || /\w\.[a-z]\w*$/i.test(path) || /^\.[a-z]/i.test(path) || BARE.test(path);
  if (!isPath || path === '' || path.length > PATH_MAX) return [];
  const start = match.index;
  const end =
    number === undefined ? start + whole.length - (written.length - path.length) : start + whole.length;
  return [{ start, end, path, line: number === undefined ? undefined : Number(number) }];
}

const PROMPT = /^(~(?:\/\S*)?|\/\S*) (?:\d+ )?[#$] /;

/** The folder that a line of the terminal's prompt names; null for any other line. */
export const promptFolder = (line: string): string | null => PROMPT.exec(line)?.[1] ?? null;
