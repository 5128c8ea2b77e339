import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A key as Notary's metadata has it. */
export interface TufKey {
  readonly keytype: string;
  readonly keyval: { readonly private: null; readonly public: string };
}

export interface TufOptions {
  /** Such as `docker.io/anna/tool`. */
  readonly name: string;
  /** What the server answers for `timestamp.key` and `snapshot.key`. */
  readonly timestamp: TufKey;
  readonly snapshot: TufKey;
  /** One signed tag, and the digest of what it stands for. */
  readonly tag: string;
  readonly sha256: string;
  readonly size: number;
  /** Until when what is signed holds. */
  readonly targetsExpire: Date;
}

const DAY_MS = 86_400_000;

/**
 * The first update of a signed repository, as `docker push` would publish it, but with the dates that a test wants
 * (The Update Framework, specification 1.0, section 4; with Notary's encodings).
 */
export function firstUpdate(options: TufOptions): { readonly root: string; readonly targets: string } {
  const rootPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const targetsPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = selfSigned(rootPair.privateKey, options.name);
  const keyOf = (keytype: string, text: string): TufKey => ({
    keytype,
    keyval: { private: null, public: text },
  });
  const rootKey = keyOf('ecdsa-x509', Buffer.from(certificate).toString('base64'));
  const spki = targetsPair.publicKey.export({ type: 'spki', format: 'der' });
  const targetsKey = keyOf('ecdsa', spki.toString('base64'));
  const { timestamp, snapshot } = options;
  const role = (key: TufKey) => ({ keyids: [idOf(key)], threshold: 1 });
  const root = {
    _type: 'Root',
    consistent_snapshot: false,
    expires: new Date(Date.now() + 365 * DAY_MS).toISOString(),
    keys: Object.fromEntries([rootKey, targetsKey, timestamp, snapshot].map((key) => [idOf(key), key])),
    roles: {
      root: role(rootKey),
      targets: role(targetsKey),
      timestamp: role(timestamp),
      snapshot: role(snapshot),
    },
    version: 1,
  };
  const hash = Buffer.from(options.sha256, 'hex').toString('base64');
  const targets = {
    _type: 'Targets',
    delegations: { keys: {}, roles: [] },
    expires: options.targetsExpire.toISOString(),
    targets: { [options.tag]: { hashes: { sha256: hash }, length: options.size } },
    version: 1,
  };
  return {
    root: signed(root, rootPair.privateKey, idOf(rootKey)),
    targets: signed(targets, targetsPair.privateKey, idOf(targetsKey)),
  };
}

function signed(content: unknown, key: KeyObject, keyid: string): string {
  const bytes = Buffer.from(canonical(content));
  const sig = sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
  // In the order of Notary's own: what it stores and what it takes the sum of must be the same bytes.
  return `{"signed":${canonical(content)},"signatures":[${canonical({ keyid, method: 'ecdsa', sig })}]}`;
}

function idOf(key: TufKey): string {
  return createHash('sha256').update(canonical(key)).digest('hex');
}

/** Keys in order, no white space. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
}

function selfSigned(key: KeyObject, name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-tuf-'));
  try {
    const [keyFile, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
    writeFileSync(keyFile, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const args = [
      'req',
      '-x509',
      '-new',
      '-key',
      keyFile,
      '-days',
      '365',
      '-subj',
      `/CN=${name.replaceAll('/', '\\/')}`,
    ];
    // Notary looks for a certificate that is no authority.
    const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=codeSigning'];
    const env = { PATH: process.env.PATH, OPENSSL_CONF: '/dev/null' };
    execFileSync('openssl', [...args, ...leaf, '-out', certificate], { stdio: 'pipe', env });
    return readFileSync(certificate, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
