import { EngineError } from '../oci/errors.ts';

/** The two halves of a request's target, still encoded. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const target = /^https?:\/\/[^/]*(.*)$/.exec(url)?.[1] ?? url;
  const at = target.indexOf('?');
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

export function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/s;

/** Throws `invalid` for what Go refuses to read as a query. */
export function parseQuery(query: string): URLSearchParams {
  for (const pair of query.split('&')) {
    if (pair.includes(';')) throw new EngineError('invalid', 'invalid semicolon separator in query');
    const bad = BAD_ESCAPE.exec(pair);
    if (bad) throw new EngineError('invalid', `invalid URL escape ${JSON.stringify(bad[0])}`);
  }
  return new URLSearchParams(query);
}
