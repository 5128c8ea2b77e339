import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { codeOf } from './dial.ts';

/** A peer's alerts as Go's `crypto/tls` prints them (RFC 8446, section 6; `alertText` in Go 1.19). */
const ALERTS: Readonly<Record<number, string>> = {
  0: 'close notify',
  10: 'unexpected message',
  20: 'bad record MAC',
  21: 'decryption failed',
  22: 'record overflow',
  30: 'decompression failure',
  40: 'handshake failure',
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'revoked certificate',
  45: 'expired certificate',
  46: 'unknown certificate',
  47: 'illegal parameter',
  48: 'unknown certificate authority',
  49: 'access denied',
  50: 'error decoding message',
  51: 'error decrypting message',
  60: 'export restriction',
  70: 'protocol version not supported',
  71: 'insufficient security level',
  80: 'internal error',
  86: 'inappropriate fallback',
  90: 'user canceled',
  100: 'no renegotiation',
  109: 'missing extension',
  110: 'unsupported extension',
  112: 'unrecognized name',
  115: 'unknown PSK identity',
  116: 'certificate required',
  120: 'no application protocol',
};

/** Of an error of OpenSSL's, Go's words; undefined for any other error. */
export function tlsWordsOf(error: unknown): string | undefined {
  const code = codeOf(error);
  if (!(error instanceof Error) || !code.startsWith('ERR_SSL_')) return undefined;
  const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
  if (alert !== undefined) return `remote error: tls: ${ALERTS[Number(alert)] ?? `alert(${alert})`}`;
  // What OpenSSL takes for a version are the letters `TT` of `HTTP/1.1 400 Bad Request`.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'http: server gave HTTP response to HTTPS client';
  return `tls: ${code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ')}`;
}

/**
 * What Go has against a certificate, in Go's order: its time, its names, whoever signed it. `problem` is OpenSSL's code
 * for the chain, null when it trusts it. Undefined when all is well.
 */
export function certificateProblem(
  certificate: X509Certificate,
  host: string,
  problem: string | null,
): string | undefined {
  return (
    timeProblem(certificate) ??
    nameProblem(certificate, host) ??
    (problem === null ? undefined : (CHAIN[problem] ?? UNKNOWN_AUTHORITY))
  );
}

const UNKNOWN_AUTHORITY = 'x509: certificate signed by unknown authority';

/** Codes of a chain that are no lack of trust. */
const CHAIN: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  INVALID_PURPOSE: 'x509: certificate specifies an incompatible key usage',
  PATH_LENGTH_EXCEEDED: 'x509: too many intermediates for path length constraint',
};

function timeProblem({ validFrom, validTo }: X509Certificate): string | undefined {
  const now = Date.now();
  const told = (is: string, time: string) =>
    `x509: certificate has expired or is not yet valid: current time ${goTime(now)} is ${is} ${goTime(Date.parse(time))}`;
  if (now < Date.parse(validFrom)) return told('before', validFrom);
  return now > Date.parse(validTo) ? told('after', validTo) : undefined;
}

/** As RFC 3339 has it, in whole seconds. */
function goTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function nameProblem(certificate: X509Certificate, host: string): string | undefined {
  const isAddress = isIP(host) !== 0;
  const options = { subject: 'never', partialWildcards: false } as const;
  const fits = isAddress ? certificate.checkIP(host) : certificate.checkHost(host, options);
  if (fits !== undefined) return undefined;
  const names = certificate.subjectAltName?.split(', ');
  if (!names && certificate.checkHost(host, { subject: 'always' }) !== undefined) {
    return 'x509: certificate relies on legacy Common Name field, use SANs instead';
  }
  const kind = isAddress ? 'IP Address:' : 'DNS:';
  const valid = (names ?? []).flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []));
  if (valid.length > 0) return `x509: certificate is valid for ${valid.join(', ')}, not ${host}`;
  return isAddress
    ? `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `x509: certificate is not valid for any names, but wanted to match ${host}`;
}
