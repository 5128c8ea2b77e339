import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { writeAtomically } from '../../sandbox/registry/store/file.ts';

const run = promisify(execFile);

const LIMIT_MS = 30_000;
const AUTHORITY_DAYS = 3650;
/** Anew at each start, and never longer than what strict clients take. */
const CERTIFICATE_DAYS = 390;

export interface AuthorityOptions {
  /** Kept there, for its owner alone: `key.pem`, `certificate.pem`, `names`. */
  readonly folder: string;
  readonly title: string;
  /** All that it may vouch for. With other names than before it is made anew. */
  readonly names: readonly string[];
}

export interface Identity {
  /** Both as PEM. */
  readonly key: string;
  readonly certificate: string;
}

/**
 * A certificate authority of the lab's own. It can vouch for the given names and no others (RFC 5280, section 4.2.1.10):
 * who trusts it, trusts it with nothing else.
 */
export interface Authority {
  /** As PEM. */
  readonly certificate: string;
  /** By which OpenSSL finds it in a folder: `<hash>.0`. */
  readonly subjectHash: string;
  /** A certificate for all its names, for a server and for a client. */
  issue(): Promise<Identity>;
}

/** Throws when there is no `openssl`. */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { folder } = options;
  if (!(await isThere(options))) await make(options);
  const at = (name: string) => path.join(folder, name);
  const { stdout } = await openssl(['x509', '-in', at('certificate.pem'), '-noout', '-subject_hash']);
  return {
    certificate: await readFile(at('certificate.pem'), 'utf8'),
    subjectHash: stdout.trim(),
    issue: () => issue(options),
  };
}

async function isThere({ folder, names }: AuthorityOptions): Promise<boolean> {
  const known = await readFile(path.join(folder, 'names'), 'utf8').catch(() => undefined);
  return known === textOf(names);
}

async function make({ folder, title, names }: AuthorityOptions): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(`${folder}.`);
  const permitted = names.map((name) => `permitted;DNS:${name}`).join(',');
  await openssl([
    ...['req', '-x509', '-days', String(AUTHORITY_DAYS), '-subj', `/CN=${title}`],
    ...newKey(path.join(draft, 'key.pem')),
    ...['-out', path.join(draft, 'certificate.pem')],
    ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign'],
    ...['-addext', `nameConstraints=critical,${permitted}`],
  ]);
  await writeAtomically(path.join(draft, 'names'), textOf(names));
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
}

async function issue({ folder, names }: AuthorityOptions): Promise<Identity> {
  const draft = await mkdtemp(path.join(folder, 'issue-'));
  const [key, certificate] = [path.join(draft, 'key.pem'), path.join(draft, 'certificate.pem')];
  try {
    await openssl([
      ...['req', '-x509', '-days', String(CERTIFICATE_DAYS), '-subj', `/CN=${names[0] ?? ''}`],
      ...['-CA', path.join(folder, 'certificate.pem'), '-CAkey', path.join(folder, 'key.pem')],
      ...newKey(key),
      ...['-out', certificate, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
      ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
    ]);
    return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function newKey(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', file];
}

/** Without the host's own settings, which may add what is not wanted. */
export function openssl(args: readonly string[]): Promise<{ stdout: string }> {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', OPENSSL_CONF: '/dev/null' };
  return run('openssl', [...args], { env, timeout: LIMIT_MS });
}

function textOf(names: readonly string[]): string {
  return `${names.join('\n')}\n`;
}
