/** In place of Node's `https` in the Dockerfile service: the page asks no registry. */
export function get(): never {
  throw new Error('The page asks no registry.');
}
