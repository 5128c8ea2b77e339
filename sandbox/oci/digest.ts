import { createHash } from 'node:crypto';

/** `sha256:` and 64 lower-case hex digits (image-spec, descriptor.md, "Digests"). */
export type Digest = string & { readonly digest: unique symbol };

/** What is said of others: the specification registers more algorithms, and asks for this one alone. */
export const DIGEST_WORDS = 'sha256: and 64 lower-case hexadecimal digits are expected';

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return fromHex(createHash('sha256').update(bytes).digest('hex'));
}

/** The 64 digits after `sha256:`: the name of a file or folder that is named after its content. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

export function fromHex(hex: string): Digest {
  return `sha256:${hex}` as Digest;
}

/** The twelve digits that Docker shows of an id. */
export function shortId(id: string): string {
  const hex = id.includes(':') ? id.slice(id.indexOf(':') + 1) : id;
  return hex.slice(0, 12);
}
