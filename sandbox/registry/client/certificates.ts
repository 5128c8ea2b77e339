import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Whom to trust, and how to show who one is; all in PEM. */
export interface Certificates {
  /** Undefined for those that Node brings along. */
  readonly authorities?: readonly string[];
  readonly clients: readonly { readonly cert: string; readonly key: string }[];
}

/** The system's own authorities, where Debian keeps them. */
const SYSTEM = '/etc/ssl/certs/ca-certificates.crt';

/**
 * What Docker reads for a registry: `<folder>/<host:port>/*.crt` are authorities, `*.cert` with `*.key` of the same name
 * are certificates to show. Throws in the real daemon's words when one of a pair is missing.
 */
export function readCertificates(folder: string, host: string): Certificates {
  const own = path.join(folder, host);
  const names = existsSync(own) ? readdirSync(own).sort() : [];
  const read = (name: string) => readFileSync(path.join(own, name), 'utf8');
  for (const name of names.filter((each) => each.endsWith('.key'))) {
    const cert = `${name.slice(0, -'.key'.length)}.cert`;
    if (!names.includes(cert)) throw new Error(`Missing client certificate ${cert} for key ${name}`);
  }
  const authorities = names.filter((name) => name.endsWith('.crt')).map(read);
  const clients = names
    .filter((name) => name.endsWith('.cert'))
    .map((name) => {
      const key = `${name.slice(0, -'.cert'.length)}.key`;
      if (names.includes(key)) return { cert: read(name), key: read(key) };
      throw new Error(
        `missing key ${key} for client certificate ${name}. Note that CA certificates should use the extension .crt`,
      );
    });
  const system = existsSync(SYSTEM) ? [readFileSync(SYSTEM, 'utf8')] : [];
  const all = [...system, ...authorities];
  return { clients, ...(all.length > 0 && { authorities: all }) };
}
