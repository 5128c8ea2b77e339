/** Paths below the learner's home: names and single slashes; the empty one is the home. */

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** Whether `path` is `folder` or lies below it. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

/** Why `text` cannot be a name, or several with slashes between, as a sentence; empty when it can. */
export function nameProblem(text: string): string {
  const names = text.split('/');
  if (names.some((name) => name === '')) return 'Give a name.';
  if (names.some((name) => name === '.' || name === '..')) return 'A name cannot be . or ..';
  if (names.some((name) => new TextEncoder().encode(name).length > 255)) return 'This name is too long.';
  return '';
}

/** A folder that is written in a terminal or a lesson: `~/app`, `/root/app`, `app/`. Null when it is not below the home. */
export function fromHome(written: string, folder = ''): string | null {
  const absolute = /^(?:~|\/root)(?:\/|$)/.exec(written);
  if (!absolute && written.startsWith('/')) return null;
  const names: string[] = absolute || folder === '' ? [] : folder.split('/');
  for (const name of written.slice(absolute?.[0].length ?? 0).split('/')) {
    if (name === '..' && names.pop() === undefined) return null;
    if (name !== '' && name !== '.' && name !== '..') names.push(name);
  }
  return names.join('/');
}
