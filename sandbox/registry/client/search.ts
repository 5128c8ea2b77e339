import * as z from 'zod/mini';
import type { RegistryOptions } from './endpoints.ts';
import { endpointsOf } from './endpoints.ts';
import { HUB } from './hub.ts';
import { connectorsOf } from './connection.ts';
import { RegistryError, TransportError } from './errors.ts';
import { bytesOf, createHttpClient, discard } from './http.ts';

/** One line of `docker search`. */
export interface Found {
  readonly star_count: number;
  readonly is_official: boolean;
  readonly name: string;
  readonly is_automated: boolean;
  readonly description: string;
}

const SEARCH_BYTES = 4 * 1024 ** 2;

const schema = z.looseObject({
  results: z.optional(
    z.nullable(
      z.array(
        z.looseObject({
          name: z.string(),
          description: z.optional(z.nullable(z.string())),
          star_count: z.optional(z.number()),
          is_official: z.optional(z.boolean()),
          is_automated: z.optional(z.boolean()),
        }),
      ),
    ),
  ),
});

/** Asks the index of the hub, or of the registry that `term` begins with. */
export async function search(
  options: RegistryOptions,
  term: string,
  limit: number,
  signal: AbortSignal,
): Promise<Found[]> {
  if (/^https?:\/\//.test(term)) {
    throw new RegistryError('Invalid repository name (ex: "registry.domain.tld/myrepos")', {
      kind: 'invalid',
    });
  }
  const { domain, rest } = split(term);
  let failure: unknown;
  for (const endpoint of (await endpointsOf(options, domain)).filter(({ mirror }) => !mirror)) {
    const http = createHttpClient(connectorsOf(options, endpoint));
    const base = domain === HUB ? new URL('https://index.docker.io') : endpoint.url;
    const url = new URL('/v1/search', base);
    url.search = new URLSearchParams({ q: rest, n: String(limit) }).toString();
    try {
      const answer = await http.send(url, { headers: { 'X-Docker-Token': 'true' }, signal });
      if (answer.status === 200)
        return parse(await bytesOf(answer, SEARCH_BYTES, 'the answer to the search'));
      discard(answer);
      throw new RegistryError(`Unexpected status code ${answer.status}`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransportError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** `localhost:5000/tool` asks that registry for `tool`; `library/` is left out for the hub. */
function split(term: string): { readonly domain: string; readonly rest: string } {
  const slash = term.indexOf('/');
  const first = term.slice(0, Math.max(slash, 0));
  if (/[.:]/.test(first) || first === 'localhost') return { domain: first, rest: term.slice(slash + 1) };
  return { domain: HUB, rest: term.replace(/^library\//, '') };
}

function parse(bytes: Buffer): Found[] {
  try {
    const { results } = z.parse(schema, JSON.parse(bytes.toString('utf8')));
    return (results ?? []).map(({ name, description, star_count, is_official, is_automated }) => ({
      star_count: star_count ?? 0,
      is_official: is_official ?? false,
      name,
      is_automated: is_automated ?? false,
      description: description ?? '',
    }));
  } catch (cause) {
    throw new RegistryError('the answer to the search is not what a registry answers', { cause });
  }
}
