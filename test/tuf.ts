import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  certificateKey,
  keyIdOf,
  publicKey,
  rootOf,
  signedText,
  targetsOf,
  type TufKey,
} from '../server/trust/tuf.ts';

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

/** The first update of a signed repository, as `docker push` would publish it, but with the dates that a test wants. */
export function firstUpdate(options: TufOptions): { readonly root: string; readonly targets: string } {
  const rootPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const targetsPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { timestamp, snapshot, tag, sha256, size, targetsExpire } = options;
  const rootKey = certificateKey(selfSigned(rootPair.privateKey, options.name));
  const targetsKey = publicKey(targetsPair.publicKey);
  const expires = new Date(Date.now() + 365 * DAY_MS);
  const root = rootOf({ root: rootKey, targets: targetsKey, timestamp, snapshot }, { version: 1, expires });
  const targets = targetsOf({ [tag]: { sha256, size } }, { version: 1, expires: targetsExpire });
  return {
    root: signedText(root, rootPair.privateKey, keyIdOf(rootKey)),
    targets: signedText(targets, targetsPair.privateKey, keyIdOf(targetsKey)),
  };
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
