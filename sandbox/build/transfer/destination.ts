/** Where COPY and ADD put things; a slash at the end stays. */
export function destinationOf(workdir: string, path: string): string {
  if (path.startsWith('/')) return path;
  const clean = cleanPath(`/${workdir}/${path}`);
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

/** Without `.`, `..` and empty names, as Go's `path.Clean` does it for an absolute path. */
function cleanPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}
