import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { afterAll, afterEach, expect, test } from 'vitest';
import { dialTcp } from './dial.ts';
import { endpointsOf } from './endpoints.ts';
import { createHttpClient, discard } from './http.ts';
import { startTls, trustIn } from './tls.ts';

const root = mkdtempSync(path.join(tmpdir(), 'slipway-tls-'));
const options = { userAgent: 'test', state: root, certificates: root };
let server: Server | undefined;
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => server?.close());

/** A new certificate that signs itself; it is valid for `days` from now. */
function certificate(name: string, alternatives = '', days = '1'): { key: string; cert: string } {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: root, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  writeFileSync(path.join(root, `${name}.ext`), alternatives && `subjectAltName=${alternatives}`);
  const files = ['-in', `${name}.csr`, '-signkey', `${name}.key`, '-out', `${name}.crt`];
  openssl('x509', '-req', ...files, '-days', days, '-extfile', `${name}.ext`);
  const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
  return { key: read(`${name}.key`), cert: read(`${name}.crt`) };
}

const good = certificate('good', 'IP:127.0.0.1');
const other = certificate('other', 'DNS:other.test,IP:10.0.0.1');
const named = certificate('named', 'DNS:other.test');
const old = certificate('127.0.0.1');
const past = certificate('past', 'IP:127.0.0.1', '-1');

/** Answers whoever speaks TLS. */
const secure = (more: TlsOptions) =>
  createTlsServer({ ...good, ...more }, (socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
const plain = (answer: string) => createServer((socket) => socket.on('error', () => undefined).end(answer));

/** Asks a server as it would a registry whose `*.crt` is `trusted`; what it says, without the address. */
async function ask(listener: Server, trusted?: string): Promise<string> {
  server = listener.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const trust = trustIn({ clients: [], ...(trusted !== undefined && { authorities: [trusted] }) });
  const http = createHttpClient({
    userAgent: 'test',
    dial: dialTcp,
    secure: (socket, host, signal) => startTls(socket, { host, trust, insecure: false }, signal),
  });
  return http.send(url, { signal: new AbortController().signal }).then(
    (answer) => {
      discard(answer);
      return answer.statusLine;
    },
    (error: unknown) => String(error).replace(/^Error: Get "https:[^"]*": /, ''),
  );
}

test.each([
  ['is trusted', () => secure({}), good.cert, '200 OK'],
  ['speaks no TLS', () => plain('HTTP/1.1 400 Bad Request\r\n\r\n'), undefined, 'http: server gave HTTP response to HTTPS client'],
  ['hangs up', () => plain(''), undefined, 'EOF'],
  ['is unknown', () => secure({}), undefined, 'x509: certificate signed by unknown authority'],
  ['is another one', () => secure(other), other.cert, 'x509: certificate is valid for 10.0.0.1, not 127.0.0.1'],
  ['has another name, and is unknown', () => secure(named), undefined, "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"],
  ['has its name where names were once', () => secure(old), old.cert, 'x509: certificate relies on legacy Common Name field, use SANs instead'],
  ['speaks old TLS only', () => secure({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), good.cert, 'remote error: tls: protocol version not supported'],
  ['has no cipher for us', () => secure({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }), good.cert, 'remote error: tls: handshake failure'],
  ['wants to know who asks', () => secure({ requestCert: true }), good.cert, 'remote error: tls: certificate required'],
  ['says no', () => plain('\x15\x03\x03\x00\x02\x021'), undefined, 'remote error: tls: access denied'],
])('of a server that %s, Go says', async (_what, listener, trusted, words) => {
  expect(await ask(listener(), trusted)).toBe(words);
}); // prettier-ignore

test('of a certificate that was valid once, Go says when', async () => {
  expect(await ask(secure(past), undefined)).toMatch(
    /^x509: certificate has expired or is not yet valid: current time \S+Z is after \S+Z$/,
  );
});

test.each([
  ['localhost:99999', 'Get "http://localhost:99999/v2/": dial tcp: address 99999: invalid port'],
  ['reg.test:70000', 'Get "https://reg.test:70000/v2/": dial tcp: address 70000: invalid port'],
  ['1.2.3.4.5', 'Get "https://1.2.3.4.5/v2/": dial tcp: lookup 1.2.3.4.5: no such host'],
])('%s leads nowhere', async (domain, words) => {
  await expect(endpointsOf(options, domain)).rejects.toThrow(words);
});
