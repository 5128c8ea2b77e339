import { readFile } from 'node:fs/promises';

import { run } from '../command.ts';

/** A Debian repository that the host's apt uses. */
export interface Repository {
  readonly site: string;
  /** As `sources.list` names it, for instance `bookworm-security`. */
  readonly release: string;
  /** Seconds since 1970: when Debian published it; unknown for a mirror that was named by hand. */
  readonly published?: number;
}

/** The day Debian 12 came out: the date of images where nothing better is known. */
const RELEASED = Date.UTC(2023, 5, 10) / 1000;

/**
 * Debian's repositories of one release, as `apt-get indextargets` prints them: stanzas of `Field: value`. Origin and
 * codename come from the fetched lists, so the answer is empty before the first `apt-get update`.
 */
export async function findRepositories(suite: string): Promise<Repository[]> {
  const stanzas = parseStanzas(await run('apt-get', ['indextargets', 'Created-By: Packages']));
  const wanted = new Set([suite, `${suite}-updates`, `${suite}-security`]);
  const ours = stanzas.filter(
    (fields) =>
      fields.Origin === 'Debian' && fields.Component === 'main' && wanted.has(fields.Codename ?? ''),
  );
  const unique = new Map(ours.map((fields) => [`${fields.Site ?? ''} ${fields.Release ?? ''}`, fields]));
  return Promise.all([...unique.values()].map(toRepository));
}

/** The date that images carry: of the release's own list, which changes only with a point release. */
export function epochOf(repositories: readonly Repository[], suite: string): number {
  return repositories.find(({ release }) => release === suite)?.published ?? RELEASED;
}

/** `sources.list.d/debian.sources` for the inside of an image. Credentials in a mirror's address stay outside. */
export function sourcesFile(repositories: readonly Repository[]): string {
  return repositories
    .map(({ site, release }) =>
      [
        'Types: deb',
        `URIs: ${site.replace(/\/\/[^/@]*@/, '//')}`,
        `Suites: ${release}`,
        'Components: main',
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      ].join('\n'),
    )
    .join('\n\n')
    .concat('\n');
}

type Fields = Readonly<Record<string, string>>;

export function parseStanzas(text: string): Fields[] {
  return text
    .split(/\n\n+/)
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) => Object.fromEntries(stanza.split('\n').map(parseField)));
}

function parseField(line: string): [name: string, value: string] {
  const [name = '', ...value] = line.split(':');
  return [name, value.join(':').trim()];
}

async function toRepository(fields: Fields): Promise<Repository> {
  const published = await publishedAt(fields.Filename ?? '');
  return {
    site: fields.Site ?? '',
    release: fields.Release ?? '',
    ...(published !== undefined && { published }),
  };
}

/** The list `…_dists_bookworm_main_binary-amd64_Packages` has the signed `…_dists_bookworm_InRelease` beside it. */
async function publishedAt(packagesFile: string): Promise<number | undefined> {
  const release = packagesFile.replace(/_main_binary-[^_]+_Packages.*$/, '_InRelease');
  const text = await readFile(release, 'utf8').catch(() => '');
  const milliseconds = Date.parse(/^Date: (.*)$/m.exec(text)?.[1] ?? '');
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
