import { isIP } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * The name in a `Host` or `Origin` without port, lower case; IPv6 without brackets. Undefined when it is not one.
 */
function hostName(authority: string): string | undefined {
  try {
    return new URL(`http://${authority}`).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  } catch {
    return undefined;
  }
}

/**
 * Whether the page may be reached under this `Host`. A foreign name that someone points at this address (DNS rebinding)
 * is not one of ours; a plain address cannot be rebound.
 */
export function isOwnHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = host === undefined ? undefined : hostName(host);
  if (name === undefined) return false;
  if (isIP(name) !== 0 || name === 'localhost') return true;
  return allowed.some((pattern) => {
    const wanted = pattern.toLowerCase();
    return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
  });
}

/**
 * Whether a request comes from the page itself: `Origin`, which scripts cannot set, names the very host that is asked.
 * The scheme is left out: behind a proxy that ends TLS the server cannot know it, and the cookie is bound to it anyway.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || !isOwnHost(host, allowed)) return false;
  try {
    const { protocol, host: from } = new URL(origin);
    return (
      (protocol === 'http:' || protocol === 'https:') && from === new URL(`${protocol}//${host ?? ''}`).host
    );
  } catch {
    return false;
  }
}
