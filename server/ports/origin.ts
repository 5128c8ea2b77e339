import { isIP } from 'node:net';

/** A port of a session, as the first label of a host name says it. */
export interface PreviewPlace {
  readonly port: number;
  readonly session: string;
}

const LABEL = /^(\d{1,5})-([a-z0-9]{16})$/;
const PORT_MAX = 65_535;
/** Browsers lead every name below it to the computer they run on. */
const LOCAL = 'localhost';

/** `8080-0123456789abcdef.localhost:3000` → port and session; undefined for any other host. */
export function readPreviewHost(
  host: string | undefined,
  domain: string | undefined,
): PreviewPlace | undefined {
  if (!URL.canParse(`http://${host ?? ''}`)) return undefined;
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
  const dot = name.indexOf('.');
  const below = name.slice(dot + 1);
  if (dot === -1 || (below !== LOCAL && below !== domain?.toLowerCase())) return undefined;
  const [, port, session] = LABEL.exec(name.slice(0, dot)) ?? [];
  if (port === undefined || session === undefined || Number(port) < 1 || Number(port) > PORT_MAX)
    return undefined;
  return { port: Number(port), session };
}

/**
 * The origin of a port for a page at `pageOrigin`; undefined where there is no name for it: a page that is reached over a
 * network needs a domain of the host's for that.
 */
export function previewOrigin(
  { port, session }: PreviewPlace,
  pageOrigin: string,
  domain: string | undefined,
): string | undefined {
  const page = new URL(pageOrigin);
  const below = isLocal(page.hostname) ? LOCAL : domain;
  if (below === undefined) return undefined;
  return `${page.protocol}//${port}-${session}.${below}${page.port === '' ? '' : `:${page.port}`}`;
}

function isLocal(name: string): boolean {
  const address = name.replace(/^\[|\]$/g, '');
  return name === LOCAL || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}
