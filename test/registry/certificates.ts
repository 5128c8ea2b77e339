import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Certificates of many kinds for `reg.test`, each as `<name>.crt` and `<name>.key` in `folder`; `ca` signs them. */
export async function makeCertificates(folder: string): Promise<void> {
  const openssl = async (...args: string[]) => run('openssl', args, { cwd: folder });
  const self = async (name: string, ...more: string[]) =>
    openssl(
      'req',
      '-x509',
      ...KEY,
      '-days',
      '2',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-subj',
      `/CN=${name}`,
      ...more,
    );
  const signed = async (name: string, names: string, days: string) => {
    await openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await writeFile(path.join(folder, `${name}.ext`), names === '' ? '' : `subjectAltName=${names}`);
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    await openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...by,
      '-days',
      days,
      '-out',
      `${name}.crt`,
      '-extfile',
      `${name}.ext`,
    );
  };
  await self('ca');
  await self('unknown', '-addext', 'subjectAltName=DNS:reg.test');
  await signed('trusted', 'DNS:reg.test', '2');
  await signed('named', 'DNS:other.test,DNS:third.test', '2');
  await signed('expired', 'DNS:reg.test', '-1');
  await signed('visitor', '', '2');
}
