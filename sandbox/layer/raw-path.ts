/**
 * A path as its bytes, one character each (latin1). Names on a disk are bytes, not UTF-8: this way they pass through
 * unharmed, and comparing two of them compares their bytes.
 */
export type RawPath = string & { readonly rawPath: unique symbol };

export function toRaw(text: string): RawPath {
  return Buffer.from(text, 'utf8').toString('latin1') as RawPath;
}

/** What people read; bytes that are not UTF-8 become U+FFFD. */
export function toText(path: RawPath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** What the functions of `node:fs` take. */
export function onDisk(path: RawPath): Buffer {
  return Buffer.from(path, 'latin1');
}

export function joinRaw(parent: RawPath, name: string): RawPath {
  return (parent === '' ? name : `${parent}/${name}`) as RawPath;
}
