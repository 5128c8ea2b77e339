import type { Duplex } from 'node:stream';
import { connect, createSecureContext } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import { signalWithin } from '../../time/limit.ts';
import type { Certificates } from './certificates.ts';
import { codeOf } from './dial.ts';
import { certificateProblem, tlsWordsOf } from './tls-words.ts';

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
    checkServerIdentity: () => undefined,
    ALPNProtocols: ['http/1.1'],
    secureContext: trust,
  });
  const limit = signalWithin(HANDSHAKE_MS, signal);
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
    const words = insecure ? undefined : problemOf(secured, host);
    if (words !== undefined) throw new Error(words);
    return secured;
  } catch (error) {
    secured.on('error', () => undefined);
    secured.destroy();
    socket.destroy();
    throw new Error(wordsOf(error), { cause: error });
  }
}

function problemOf(secured: TLSSocket, host: string): string | undefined {
  const certificate = secured.getPeerX509Certificate();
  if (!certificate) return 'tls: received empty certificates message';
  // The types have an `Error` here, Node a code.
  return certificateProblem(certificate, host, secured.authorizationError as unknown as string | null);
}

function wordsOf(error: unknown): string {
  if (codeOf(error) === 'ECONNRESET') return 'EOF';
  return tlsWordsOf(error) ?? (error instanceof Error ? error.message : String(error));
}
