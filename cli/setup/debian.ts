import { run } from '../command.ts';
import { Failure } from '../failure.ts';
import { refreshLists, withNetwork } from './apt.ts';
import type { SetupContext } from './context.ts';
import { findRepositories, type Repository } from './repositories.ts';

/** The release of Debian that the workbench and the base image are made of. */
export const SUITE = 'bookworm';

/** Left out of workbench and image: what nobody reads there takes 60 MB. */
export const EXCLUDED = [
  '/usr/share/doc/*',
  '/usr/share/info/*',
  '/usr/share/lintian/*',
  '/usr/share/locale/*',
  '/usr/share/man/*',
] as const;

export interface Bootstrap {
  /** Made by this call. */
  readonly folder: string;
  readonly packages: readonly string[];
  readonly repositories: readonly Repository[];
  /** No file is younger: seconds since 1970. */
  readonly epoch: number;
  readonly task: { detail(text: string): void };
}

/** Puts Debian's essential packages, apt and `packages` into a folder. Needs root. */
export async function bootstrapDebian(context: SetupContext, options: Bootstrap): Promise<void> {
  const args = [
    // Namespaces of its own: nothing stays mounted or running when the set-up is killed.
    ...['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'],
    ...['mmdebstrap', '--mode=root', '--variant=minbase', '--format=directory'],
    ...EXCLUDED.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...['--dpkgopt=force-unsafe-io', '--aptopt=APT::Install-Recommends "false"'],
    // Merged from the start: else apt takes a package that merges later, with all of Perl behind it (50 MB).
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    `--include=${['usr-is-merged', ...options.packages].join(',')}`,
    ...[SUITE, options.folder, '-'],
  ];
  options.task.detail('fetching package lists');
  await withNetwork(() =>
    run('unshare', args, {
      env: { SOURCE_DATE_EPOCH: String(options.epoch) },
      input: options.repositories.map(({ site, release }) => `deb ${site} ${release} main\n`).join(''),
      log: context.log,
      signal: context.signal,
      onLine: (line) => reportPhase(line, options.task),
    }),
  );
}

/** Where the host's own apt gets this release from: the set-up never names a host itself. */
export async function debianRepositories(context: SetupContext): Promise<Repository[]> {
  if (context.mirror !== undefined) return [{ site: context.mirror, release: SUITE }];
  const known = await findRepositories(SUITE);
  if (known.length > 0) return known;
  await refreshLists(context);
  const found = await findRepositories(SUITE);
  if (found.length > 0) return found;
  throw new Failure(
    `The apt of this host does not know where Debian ${SUITE} is kept.`,
    'Name a Debian mirror with --mirror URL, or MIRROR=URL in the environment.',
  );
}

const PHASES: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^I: running apt-get update/, 'fetching package lists'],
  [/^I: downloading packages/, 'downloading packages'],
  [/^I: extracting/, 'unpacking the essential packages'],
  [/^I: installing essential/, 'installing the essential packages'],
  [/^I: installing remaining/, 'installing the other packages'],
  [/^I: cleaning/, 'cleaning up'],
];

function reportPhase(line: string, task: Bootstrap['task']): void {
  const phase = PHASES.find(([pattern]) => pattern.test(line));
  if (phase) task.detail(phase[1]);
}
