import type { ImageEngine } from '../image/engine.ts';
import { EngineError } from '../oci/errors.ts';
import type { Filters } from './query.ts';
import { filtersOf, integer } from './query.ts';
import { sendJson } from './respond.ts';
import type { Call } from './router.ts';

const DEFAULT_LIMIT = 25;
const LARGEST_LIMIT = 100;

/** `GET /images/search`. */
export const search =
  ({ remote }: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const { query, signal } = call;
    const limit = integer(query, 'limit') ?? DEFAULT_LIMIT;
    const filters = filtersOf(query, ['is-automated', 'is-official', 'stars']);
    const automated = choice(filters, 'is-automated');
    const official = choice(filters, 'is-official');
    const stars = leastStars(filters);
    if (limit < 1 || limit > LARGEST_LIMIT) {
      throw new EngineError('invalid', `Limit ${limit} is outside the range of [1, ${LARGEST_LIMIT}]`);
    }
    const found = await remote.search(query.get('term') ?? '', limit, signal);
    const wanted = found.filter(
      (each) =>
        (automated === undefined || each.is_automated === automated) &&
        (official === undefined || each.is_official === official) &&
        each.star_count >= stars,
    );
    sendJson(call.response, 200, wanted);
  };

function choice(filters: Filters, name: string): boolean | undefined {
  const values = filters.get(name);
  if (values === undefined) return undefined;
  if (values.length === 1 && values[0] === 'true') return true;
  if (values.length === 1 && values[0] === 'false') return false;
  throw new EngineError('invalid', `Invalid filter '${name}=[${values.join(' ')}]'`);
}

function leastStars(filters: Filters): number {
  const values = filters.get('stars') ?? [];
  const bad = values.find((value) => !/^[+-]?\d+$/.test(value));
  if (bad !== undefined) throw new EngineError('invalid', `Invalid filter 'stars=${bad}'`);
  return Math.max(0, ...values.map(Number));
}
