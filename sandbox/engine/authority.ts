import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';

const OWN = '/usr/local/share/ca-certificates';
const STORE = '/etc/ssl/certs';
const NAME = 'slipway-lab';
const ANSWER_MAX_BYTES = 64 * 1024;

/**
 * Has the session's programs trust the lab for the few names that it answers for, as `update-ca-certificates` would:
 * the server says, on a connection of its own, by which hash OpenSSL looks for the certificate, and the certificate.
 * Programs that are there already find it too: Go and OpenSSL read the folder when they first need it.
 */
export async function trustLab(connection: Duplex): Promise<void> {
  const answer = await readAll(connection);
  // A server that has none.
  if (answer === '') return;
  const { hash, certificate } = parse(answer);
  if ((await readFile(`${OWN}/${NAME}.crt`, 'utf8').catch(() => '')) === certificate) return;
  await Promise.all([OWN, STORE].map((folder) => mkdir(folder, { recursive: true })));
  await writeFile(`${OWN}/${NAME}.crt`, certificate);
  await link(`${OWN}/${NAME}.crt`, `${STORE}/${NAME}.pem`);
  await link(`${NAME}.pem`, `${STORE}/${hash}.0`);
}

async function readAll(connection: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of connection as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > ANSWER_MAX_BYTES) throw new Error('the lab’s certificate is too long');
  }
  return Buffer.concat(chunks).toString('latin1');
}

function parse(text: string): { readonly hash: string; readonly certificate: string } {
  const end = text.indexOf('\n');
  const [hash, certificate] = [text.slice(0, end), text.slice(end + 1)];
  if (!/^[0-9a-f]{8}$/.test(hash) || !certificate.startsWith('-----BEGIN CERTIFICATE-----'))
    throw new Error('what the server sent is no certificate');
  return { hash, certificate };
}

async function link(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}
