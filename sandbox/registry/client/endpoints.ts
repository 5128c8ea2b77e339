import type { Duplex } from 'node:stream';
import { addressesOf } from './dial.ts';
import { RegistryError, TransportError } from './errors.ts';
import { HUB, OUT_OF_REACH } from './hub.ts';

export { HUB };

/** Where the names of a registry lead, and how. */
export interface RegistryOptions {
  /** Identifies the engine to registries. */
  readonly userAgent: string;
  /** Folder for what is remembered of registries. */
  readonly state: string;
  /** Folder in the form of `/etc/docker/certs.d`. */
  readonly certificates: string;
  /** Registries reached by a link instead of the network, by domain: `docker.io` is the hub. */
  readonly links?: ReadonlyMap<string, Link>;
  /** Addresses asked before the hub itself, such as `http://localhost:5000`. */
  readonly mirrors?: readonly string[];
}

/** A way to a registry that is no network: plain HTTP over each connection it opens. */
export interface Link {
  open(signal: AbortSignal): Promise<Duplex>;
  /** Whether anybody is at its other end; taken for granted when it is missing. */
  isThere?(): boolean;
}

/** One address that may answer for a registry. */
export interface Endpoint {
  /** `https://localhost:5000`, without a path; of a mirror, maybe with one. */
  readonly url: URL;
  /** Host and port as they stand in names of images, for its folder of certificates. */
  readonly domain: string;
  /** Any certificate will do. */
  readonly insecure: boolean;
  readonly mirror: boolean;
  readonly link?: Link;
}

const HUB_URL = 'https://registry-1.docker.io';

/** The addresses to try for a registry, in dockerd's order. */
export async function endpointsOf(options: RegistryOptions, domain: string): Promise<Endpoint[]> {
  const link = options.links?.get(domain);
  const one = (url: string, insecure: boolean, mirror = false): Endpoint => ({
    url: new URL(url),
    domain,
    insecure,
    mirror,
    ...(link && !mirror && { link }),
  });
  if (domain === HUB) {
    const mirrors = options.mirrors ?? [];
    const asked = mirrors.map((url) => one(url, isLoopbackName(new URL(url)), true));
    if (link?.isThere?.() ?? link !== undefined) return [...asked, one(HUB_URL, false)];
    if (asked.length > 0) return asked;
    throw new RegistryError(OUT_OF_REACH, { kind: 'unavailable' });
  }
  if (link) return [one(`https://${domain}`, false)];
  if (!URL.canParse(`https://${domain}`)) throw nowhere(domain);
  const secure = one(`https://${domain}`, false);
  if (!(await isLoopback(secure.url))) return [secure];
  return [one(`https://${domain}`, true), one(`http://${domain}`, true)];
}

/** A domain that a name of an image may have and no address can: `localhost:99999`, `1.2.3.4.5`. */
function nowhere(domain: string): TransportError {
  const { host = '', port = '' } = /^(?<host>[^:]*)(?::(?<port>\d+))?$/.exec(domain)?.groups ?? {};
  const scheme = isLoopbackName({ hostname: host }) ? 'http' : 'https';
  const reason =
    Number(port) > 65_535
      ? `dial tcp: address ${port}: invalid port`
      : `dial tcp: lookup ${host}: no such host`;
  return new TransportError(reason, { doing: `Get "${scheme}://${domain}/v2/"` });
}

/** dockerd's `insecure-registries` as they are unless configured: 127.0.0.0/8, by address or by name. */
async function isLoopback(url: URL): Promise<boolean> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = await addressesOf(host).catch(() => []);
  return addresses.some((address) => address.startsWith('127.'));
}

function isLoopbackName({ hostname }: Pick<URL, 'hostname'>): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.');
}
