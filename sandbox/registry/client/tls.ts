import type { Duplex } from 'node:stream';
import { connect, createSecureContext } from 'node:tls';
import type { DetailedPeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';
import { codeOf } from './dial.ts';

const HANDSHAKE_MS = 10_000;

/** What connections of one registry share: it takes a while to make. */
export function trustIn({ authorities, clients }: Certificates): SecureContext {
  const [client] = clients;
  return createSecureContext({
    ...(authorities && { ca: [...authorities] }),
    ...(client && { cert: client.cert, key: client.key }),
  });
}

export interface TlsOptions {
  readonly host: string;
  readonly trust: SecureContext;
  /** Any certificate will do: what Docker does with registries on loopback. */
  readonly insecure: boolean;
}

/** TLS over `socket`. Throws an `Error` in the words of Go's `crypto/tls`. */
export async function startTls(socket: Duplex, options: TlsOptions, signal: AbortSignal): Promise<TLSSocket> {
  const { host, insecure, trust } = options;
  const secured = connect({
    socket,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    host,
    // Judged below: a connection that is refused at once shows no certificate to tell about.
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    secureContext: trust,
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_MS)]);
  try {
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve);
      secured.once('error', reject);
      secured.once('close', () => reject(new Error('EOF')));
      limit.addEventListener('abort', () => reject(new Error('net/http: TLS handshake timeout')), {
        once: true,
      });
    });
    secured.removeAllListeners('error');
    // The types have an `Error` here, Node a code.
    const problem = insecure ? null : (secured.authorizationError as unknown as string | null);
    if (problem !== null) throw Object.assign(new Error(problem), { code: problem });
    return secured;
  } catch (error) {
    secured.on('error', () => undefined);
    const words = describe(error, host, secured);
    secured.destroy();
    socket.destroy();
    throw new Error(words, { cause: error });
  }
}

const UNKNOWN_AUTHORITY = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

function describe(error: unknown, host: string, socket: TLSSocket): string {
  const code = codeOf(error);
  if (UNKNOWN_AUTHORITY.has(code)) return 'x509: certificate signed by unknown authority';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return describeTime(code, socket);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return describeNames(host, socket.getPeerCertificate(true));
  if (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'EPROTO' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG'
  ) {
    return 'http: server gave HTTP response to HTTPS client';
  }
  const alert = /^ERR_SSL_(?:TLSV1_3?|SSLV3|TLSV13)_ALERT_(\w+)$/.exec(code)?.[1];
  if (alert !== undefined) return `remote error: tls: ${alert.toLowerCase().replaceAll('_', ' ')}`;
  if (code === 'ECONNRESET') return 'EOF';
  return error instanceof Error ? error.message : String(error);
}

function describeTime(code: string, socket: TLSSocket): string {
  const { valid_from, valid_to } = socket.getPeerCertificate();
  const at = (time: string | number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
  const when = code === 'CERT_HAS_EXPIRED' ? `is after ${at(valid_to)}` : `is before ${at(valid_from)}`;
  return `x509: certificate has expired or is not yet valid: current time ${at(Date.now())} ${when}`;
}

function describeNames(host: string, { subjectaltname }: DetailedPeerCertificate): string {
  const names = (subjectaltname ?? '').split(', ').filter(Boolean);
  const of = (kind: string) =>
    names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  const isAddress = /^[\d.]+$|:/.test(host);
  if (isAddress) {
    const addresses = of('IP Address:');
    return addresses.length === 0
      ? `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`
      : `x509: certificate is valid for ${addresses.join(', ')}, not ${host}`;
  }
  if (names.length === 0) return 'x509: certificate relies on legacy Common Name field, use SANs instead';
  return of('DNS:').length === 0
    ? `x509: certificate is not valid for any names, but wanted to match ${host}`
    : `x509: certificate is valid for ${of('DNS:').join(', ')}, not ${host}`;
}
