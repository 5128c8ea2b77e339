/** `sha256:` and 64 lower-case hex digits (image-spec, descriptor.md, "Digests"). */
export type Digest = string & { readonly digest: unique symbol };

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}
