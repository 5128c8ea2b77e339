import path from 'node:path/posix';

/** Paths as Go's `path/filepath` sees them: dockerd's answers depend on its details. */

/** As `filepath.Clean`: no trailing separator but for the root. */
export function clean(text: string): string {
  const normal = path.normalize(text);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** As `filepath.Base`: `.` counts as an element. */
export function base(text: string): string {
  if (text === '') return '.';
  const stripped = text.replace(/\/+$/, '');
  return stripped === '' ? '/' : stripped.slice(stripped.lastIndexOf('/') + 1);
}

/** `/dir/.` → `/dir/` and `.`; the first part keeps its separator. */
export function split(text: string): { readonly directory: string; readonly name: string } {
  const at = text.lastIndexOf('/') + 1;
  return { directory: text.slice(0, at), name: text.slice(at) };
}

/**
 * What the user typed as an absolute path of the container. A last `/` or `/.` is kept: it asks for what a link leads
 * to, and for the content of a folder in place of the folder.
 */
export function absolute(typed: string): string {
  let result = clean(`/${typed}`);
  if (base(typed) === '.' && base(result) !== '.') result += result.endsWith('/') ? '.' : '/.';
  if (typed.endsWith('/') && !result.endsWith('/')) result += '/';
  return result;
}
