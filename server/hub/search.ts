import type { ServerResponse } from 'node:http';
import type { DiskStore } from '../../sandbox/registry/store/disk.ts';
import { sendJson } from '../../sandbox/registry/server/respond.ts';
import type { ImageSource } from '../../sandbox/registry/store/source.ts';
import { OFFICIAL } from './sources.ts';

const DEFAULT_RESULTS = 25;
const RESULTS_MAX = 100;

export interface Searchable {
  readonly store: DiskStore;
  readonly catalog?: ImageSource | undefined;
  readonly stars: (name: string) => number;
  readonly describe: (name: string) => string;
}

/** The part of the old index API that `docker search` uses; the daemon filters the results by itself. */
export async function answerSearch(
  searchable: Searchable,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const term = query.get('q') ?? '';
  const size = clamp(Number(query.get('n') ?? DEFAULT_RESULTS), 1, RESULTS_MAX);
  const page = clamp(Number(query.get('page') ?? 1), 1, Number.MAX_SAFE_INTEGER);
  const found = await search(searchable, term);
  sendJson(response, 200, {
    num_pages: Math.max(1, Math.ceil(found.length / size)),
    num_results: found.length,
    page,
    page_size: size,
    query: term,
    results: found.slice((page - 1) * size, page * size),
  });
}

/** Official images first, then what most people like. */
async function search({ store, catalog, stars, describe }: Searchable, term: string) {
  const wanted = term.toLowerCase().replace(/^library\//, '');
  const official = ((await catalog?.names()) ?? []).map((name) => ({
    name: name.slice(OFFICIAL.length + 1),
    description: describe(name),
    star_count: stars(name),
    is_official: true,
  }));
  const others = [...store.repositories()].map(({ name, description }) => ({
    name,
    description,
    star_count: stars(name),
    is_official: false,
  }));
  return [...official, ...others]
    .filter(({ name, description }) => `${name} ${description.toLowerCase()}`.includes(wanted))
    .map((each) => ({ ...each, is_automated: false }))
    .sort(
      (a, b) =>
        Number(b.is_official) - Number(a.is_official) ||
        b.star_count - a.star_count ||
        (a.name < b.name ? -1 : 1),
    );
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.floor(value), least), most) : least;
}
