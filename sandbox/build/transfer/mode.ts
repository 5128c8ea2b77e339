import { DockerfileError } from '../../dockerfile/error.ts';

/** What `--chmod` makes of the permission bits that a file or a folder has. */
export type ModeChange = (mode: number, kind: { readonly isFolder: boolean }) => number;

/** `--chmod`: permission bits in octal digits, or symbols as chmod(1) reads them, with no umask: `u=rwX,go=rX`. */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= 0o7777) return () => mode;
  }
  const clauses = text.split(',').map((clause) => CLAUSE.exec(clause));
  if (/^[0-9]/.test(text) || clauses.includes(null)) {
    throw new DockerfileError(
      `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
    );
  }
  const changes = clauses.flatMap((clause) => changesOf(clause?.[1] ?? '', clause?.[2] ?? ''));
  return (mode, kind) => changes.reduce((bits, change) => change(bits, kind), mode);
}

const CLAUSE = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;

function changesOf(who: string, actions: string): ModeChange[] {
  const affected = maskOf(who === '' || who.includes('a') ? 'ugo' : who);
  return [...actions.matchAll(/([-+=])([rwxXstugo]*)/g)].map(([, sign, letters = '']) => (mode, kind) => {
    const bits = letters.split('').reduce((sum, letter) => sum | bitsOf(letter, mode, kind), 0) & affected;
    if (sign === '+') return mode | bits;
    if (sign === '-') return mode & ~bits;
    // As chmod(1): a folder keeps its set-id bits.
    return (mode & ~(kind.isFolder ? affected & ~SET_ID : affected)) | bits;
  });
}

const SET_ID = 0o6000;
const STICKY = 0o1000;

/** Bits that are a class's own. */
const CLASSES: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007 };

function maskOf(classes: string): number {
  return classes.split('').reduce((bits, name) => bits | (CLASSES[name] ?? 0), 0);
}

/** What a letter means for all classes at once. */
function bitsOf(letter: string, mode: number, { isFolder }: { readonly isFolder: boolean }): number {
  switch (letter) {
    case 'r':
      return 0o444;
    case 'w':
      return 0o222;
    case 'x':
      return 0o111;
    case 'X':
      return isFolder || (mode & 0o111) !== 0 ? 0o111 : 0;
    case 's':
      return SET_ID;
    case 't':
      return STICKY;
    case 'u':
      return ((mode >> 6) & 7) * 0o111;
    case 'g':
      return ((mode >> 3) & 7) * 0o111;
    default:
      return (mode & 7) * 0o111;
  }
}
