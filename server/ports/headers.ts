import { parseCookie, stringifySetCookie } from 'cookie';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Ours on a preview's origin; the program behind it never sees it, and cannot set it. */
export const PASS_COOKIE = 'slipway-preview';

/** They are about one connection, and so not for the next. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

export const readPass = (cookies: string | undefined): string | undefined =>
  parseCookie(cookies ?? '')[PASS_COOKIE];

/** A page of a preview may stand in a frame of ours, which is another site: then its cookie must say so. */
export function passCookie(pass: string, framed: boolean): string {
  return stringifySetCookie({
    name: PASS_COOKIE,
    value: pass,
    httpOnly: true,
    path: '/',
    ...(framed ? { sameSite: 'none', secure: true, partitioned: true } : { sameSite: 'lax' }),
  });
}

/** What the program is sent: as if the browser ran in the machine, at `localhost:port`. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  {
    port,
    origin,
    upgrade = false,
  }: { readonly port: number; readonly origin: string; readonly upgrade?: boolean },
): OutgoingHttpHeaders {
  const inside = `localhost:${port}`;
  const sent: OutgoingHttpHeaders = { ...headers, host: inside };
  for (const name of namedBy(headers.connection)) Reflect.deleteProperty(sent, name);
  for (const name of HOP_BY_HOP) Reflect.deleteProperty(sent, name);
  if (headers.origin === origin) sent.origin = `http://${inside}`;
  if (headers.referer?.startsWith(`${origin}/`))
    sent.referer = `http://${inside}${headers.referer.slice(origin.length)}`;
  const cookies = withoutPass(headers.cookie);
  if (cookies === '') delete sent.cookie;
  else sent.cookie = cookies;
  const { host, protocol } = new URL(origin);
  Object.assign(sent, { 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) });
  if (upgrade) Object.assign(sent, { connection: 'Upgrade', upgrade: headers.upgrade });
  else sent.connection = 'close';
  return sent;
}

/** What the browser is sent: redirects lead back to the preview, cookies stay on its own host. */
export function responseHeaders(
  headers: IncomingHttpHeaders,
  {
    port,
    origin,
    upgrade = false,
  }: { readonly port: number; readonly origin: string; readonly upgrade?: boolean },
): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = { ...headers };
  for (const name of namedBy(headers.connection)) Reflect.deleteProperty(sent, name);
  for (const name of [...HOP_BY_HOP, 'alt-svc', 'strict-transport-security'])
    Reflect.deleteProperty(sent, name);
  if (headers.location !== undefined) sent.location = outside(headers.location, port, origin);
  const cookies = (headers['set-cookie'] ?? []).flatMap(ownHostOnly);
  if (cookies.length > 0) sent['set-cookie'] = cookies;
  else delete sent['set-cookie'];
  if (upgrade) Object.assign(sent, { connection: 'Upgrade', upgrade: headers.upgrade });
  return sent;
}

const namedBy = (connection: string | undefined): string[] =>
  (connection ?? '').split(',').map((name) => name.trim().toLowerCase());

const withoutPass = (cookies: string | undefined): string =>
  (cookies ?? '')
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '' && cookie.split('=')[0]?.trim() !== PASS_COOKIE)
    .join('; ');

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])$/;

/** An address of the machine itself is, for the browser, the preview's. */
function outside(location: string, port: number, origin: string): string {
  const url = URL.parse(location);
  if (!url || !/^https?:$/.test(url.protocol) || !LOOPBACK.test(url.hostname)) return location;
  const target = url.port === '' ? 80 : Number(url.port);
  return target === port ? `${origin}${url.pathname}${url.search}${url.hash}` : location;
}

/** Without a domain, a cookie is its own host's alone. */
function ownHostOnly(cookie: string): string[] {
  if (cookie.split('=')[0]?.trim() === PASS_COOKIE) return [];
  return [cookie.replace(/;\s*domain=[^;]*/gi, '')];
}
