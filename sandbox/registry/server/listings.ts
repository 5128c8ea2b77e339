import { MEDIA_TYPES } from '../../oci/descriptor.ts';
import { RegistryError } from '../store/errors.ts';
import { digestIn } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { sendJson } from './respond.ts';

/** Names in one answer when nobody says how many; who wants more follows the link. */
const PAGE_MAX = 10_000;

export async function listTags({ response, name, query, registry, access, caller }: Exchange): Promise<void> {
  const all = await registry.source.tags(name);
  if (!all) throw access.unknown(caller, name);
  const { page, headers } = paginate(all, query, `/v2/${name}/tags/list`);
  sendJson(response, 200, { name, tags: page }, headers);
}

export async function listRepositories({
  response,
  query,
  registry,
}: Pick<Exchange, 'response' | 'query' | 'registry'>): Promise<void> {
  const { page, headers } = paginate(await registry.source.names(), query, '/v2/_catalog');
  sendJson(response, 200, { repositories: page }, headers);
}

/** An index in any case: that nothing refers to a manifest is no error, nor that there is none. */
export async function listReferrers({ response, name, reference, query, registry }: Exchange): Promise<void> {
  const wanted = query.get('artifactType');
  const all = await registry.source.referrers(name, digestIn(reference));
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted);
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  sendJson(response, 200, index, {
    'Content-Type': MEDIA_TYPES.ociIndex,
    ...(wanted !== null && { 'OCI-Filters-Applied': 'artifactType' }),
  });
}

/** `n` entries after `last`; both as the specification has them ("Listing Tags"). */
function paginate(all: readonly string[], query: URLSearchParams, path: string) {
  const last = query.get('last') ?? '';
  const count = countIn(query.get('n'));
  const rest = last === '' ? all : all.filter((each) => each > last);
  const page = rest.slice(0, count);
  const end = page.at(-1);
  const more = rest.length > page.length && end !== undefined;
  const next = `${path}?n=${count}&last=${encodeURIComponent(end ?? '')}`;
  return { page, headers: more ? { Link: `<${next}>; rel="next"` } : {} };
}

function countIn(text: string | null): number {
  if (text === null) return PAGE_MAX;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), PAGE_MAX);
  throw new RegistryError('PAGINATION_NUMBER_INVALID', { detail: { n: text.slice(0, 100) } });
}
