import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../sandbox/registry/store/file.ts';
import type { Identity } from './authority.ts';

/** The prefix of all names that can be signed here; see `names.ts`. */
export interface NotaryPlan {
  readonly folder: string;
  readonly prefixes: readonly string[];
  /** Both ends of every connection between the parts show it, and ask for it. */
  readonly identity: Identity;
  readonly authority: string;
  readonly signerPort: number;
  readonly serverPort: number;
}

/** The name in the certificate: the parts speak over loopback alone. */
export const INNER_NAME = 'localhost';

/** Relative to the working folder of all parts, because a socket's path must be short. */
const DATABASE = 'root@unix(database.sock)/notary?parseTime=true';
/** Under this name notary-signer looks for the passphrase of its keys in its environment. */
const KEY_ALIAS = 'lab';
export const PASSPHRASE_VARIABLE = `NOTARY_SIGNER_${KEY_ALIAS.toUpperCase()}`;

/**
 * Notary keeps what is published in `tuf_files`, and its signer the keys that the lab signs with, encrypted, in
 * `private_keys` (notary's docs/reference/server-config.md and signer-config.md; the columns are those of its models).
 */
const SCHEMA = `CREATE DATABASE IF NOT EXISTS notary CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE notary;
CREATE TABLE IF NOT EXISTS tuf_files (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, gun VARCHAR(255) NOT NULL, role VARCHAR(255) NOT NULL, version INT NOT NULL, sha256 CHAR(64), data LONGBLOB NOT NULL, UNIQUE KEY (gun, role, version), KEY (sha256));
CREATE TABLE IF NOT EXISTS changefeed (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, created_at DATETIME, gun VARCHAR(255) NOT NULL, version INT NOT NULL, sha256 CHAR(64), category VARCHAR(20) NOT NULL, KEY (gun));
CREATE TABLE IF NOT EXISTS private_keys (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, key_id VARCHAR(255) NOT NULL UNIQUE, encryption_alg VARCHAR(255) NOT NULL, keywrap_alg VARCHAR(255) NOT NULL, algorithm VARCHAR(50) NOT NULL, passphrase_alias VARCHAR(50) NOT NULL, public BLOB NOT NULL, private BLOB NOT NULL, gun VARCHAR(255) NOT NULL, role VARCHAR(255) NOT NULL, last_used DATETIME);
`;

/** Writes what the parts read when they start. Resolves to the passphrase, which is made once. */
export async function writeNotaryFiles(plan: NotaryPlan): Promise<string> {
  const { folder, identity, authority, signerPort, serverPort, prefixes } = plan;
  await mkdir(path.join(folder, 'database'), { recursive: true, mode: 0o700 });
  const tls = { tls_cert_file: 'inner.pem', tls_key_file: 'inner.key', client_ca_file: 'authority.pem' };
  const logging = { level: 'error' };
  const storage = { backend: 'mysql', db_url: DATABASE };
  const signer = {
    server: { grpc_addr: `127.0.0.1:${signerPort}`, ...tls },
    storage: { ...storage, default_alias: KEY_ALIAS },
    logging,
  };
  const server = {
    server: { http_addr: `127.0.0.1:${serverPort}`, ...tls },
    trust_service: {
      type: 'remote',
      hostname: INNER_NAME,
      port: String(signerPort),
      key_algorithm: 'ecdsa',
      tls_ca_file: 'authority.pem',
      tls_client_cert: 'inner.pem',
      tls_client_key: 'inner.key',
    },
    storage,
    repositories: { gun_prefixes: prefixes },
    logging,
  };
  const write = (name: string, text: string) => writeAtomically(path.join(folder, name), text);
  await write('schema.sql', SCHEMA);
  await write('authority.pem', authority);
  await write('inner.pem', identity.certificate);
  await write('inner.key', identity.key);
  await write('signer.json', JSON.stringify(signer));
  await write('server.json', JSON.stringify(server));
  return passphraseOf(path.join(folder, 'passphrase'));
}

async function passphraseOf(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '') return known;
  const made = randomBytes(32).toString('hex');
  await writeAtomically(file, made);
  return made;
}
