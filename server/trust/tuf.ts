import { createHash, sign, type KeyObject } from 'node:crypto';

/** Metadata of The Update Framework (specification 1.0, section 4) in Notary's encodings. */

/** A key as the metadata has it. */
export interface TufKey {
  readonly keytype: string;
  readonly keyval: { readonly private: null; readonly public: string };
}

/** A tag, and the manifest that it stands for: its SHA-256 in hex and its size in bytes. */
export interface SignedTag {
  readonly sha256: string;
  readonly size: number;
}

export const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type Role = (typeof ROLES)[number];

interface Dated {
  readonly version: number;
  readonly expires: Date;
}

/** As Go writes a time: without zeros at the end of a second's fraction. Notary writes metadata anew before it sums it up. */
export const goTime = (date: Date): string => date.toISOString().replace(/\.?0*Z$/, 'Z');

/** The key of a certificate, which is what a root's key is: `certificate` as PEM. */
export function certificateKey(certificate: string): TufKey {
  return key('ecdsa-x509', Buffer.from(certificate).toString('base64'));
}

export function publicKey(pair: KeyObject): TufKey {
  return key('ecdsa', pair.export({ type: 'spki', format: 'der' }).toString('base64'));
}

const key = (keytype: string, text: string): TufKey => ({
  keytype,
  keyval: { private: null, public: text },
});

/** One key for each role. */
export function rootOf(keys: Readonly<Record<Role, TufKey>>, { version, expires }: Dated): object {
  const role = (each: TufKey) => ({ keyids: [keyIdOf(each)], threshold: 1 });
  return {
    _type: 'Root',
    consistent_snapshot: false,
    expires: goTime(expires),
    keys: Object.fromEntries(Object.values(keys).map((each) => [keyIdOf(each), each])),
    roles: Object.fromEntries(ROLES.map((name) => [name, role(keys[name])])),
    version,
  };
}

export function targetsOf(tags: Readonly<Record<string, SignedTag>>, { version, expires }: Dated): object {
  const targets = Object.entries(tags).map(([tag, { sha256, size }]) => {
    const hashes = { sha256: Buffer.from(sha256, 'hex').toString('base64') };
    return [tag, { hashes, length: size }] as const;
  });
  return {
    _type: 'Targets',
    delegations: { keys: {}, roles: [] },
    expires: goTime(expires),
    targets: Object.fromEntries(targets),
    version,
  };
}

/** Names other metadata by what it is: `texts` by role, as they are served. */
export function listOf(
  type: 'Snapshot' | 'Timestamp',
  texts: Readonly<Record<string, string>>,
  { version, expires }: Dated,
): object {
  const meta = Object.entries(texts).map(([role, text]) => {
    const hash = (algorithm: string) => createHash(algorithm).update(text).digest('base64');
    const hashes = { sha256: hash('sha256'), sha512: hash('sha512') };
    return [role, { hashes, length: Buffer.byteLength(text) }] as const;
  });
  return { _type: type, expires: goTime(expires), meta: Object.fromEntries(meta), version };
}

/** The metadata with its signature, in the order of Notary's own: what it stores and what it sums must be the same bytes. */
export function signedText(content: object, pair: KeyObject, keyid: string): string {
  const bytes = Buffer.from(canonical(content));
  const sig = sign('sha256', bytes, { key: pair, dsaEncoding: 'ieee-p1363' }).toString('base64');
  return `{"signed":${canonical(content)},"signatures":[${canonical({ keyid, method: 'ecdsa', sig })}]}`;
}

export function keyIdOf(each: TufKey): string {
  return createHash('sha256').update(canonical(each)).digest('hex');
}

/** Keys in order, no white space. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
}
