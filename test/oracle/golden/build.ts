import { execFile } from 'node:child_process';

import type { Engine } from '../engine.ts';
import { normaliser } from '../normalise.ts';
import { readImage } from '../state.ts';
import type { Case } from './case.ts';
import { treeOf } from './tree.ts';

/** What a build made, ready to be compared. */
export interface Built {
  /** Of `docker build`: both streams, one behind the other, and the exit code. */
  readonly output: string;
  readonly image: string;
  readonly tree: readonly string[];
}

export interface BuildOptions {
  readonly context: string;
  /** Of the Docker CLI, which may keep something there. */
  readonly home: string;
  /** Folder of the Docker CLI to use. */
  readonly cli: string;
  readonly digests: ReadonlySet<string>;
}

/** Builds as `case.json` says; `real` is the daemon that ours is compared with. */
export async function buildCase(
  golden: Case,
  { dockerHost, name }: Engine,
  { context, home, cli, digests }: BuildOptions,
): Promise<Built> {
  const tag = `golden-${golden.name}`;
  const real = name !== 'slipway';
  const environment = {
    PATH: `${cli}:/usr/bin:/bin`,
    HOME: home,
    DOCKER_HOST: dockerHost,
    DOCKER_BUILDKIT: real && golden.like === 'buildkit' ? '1' : '0',
    LC_ALL: 'C.UTF-8',
  };
  const run = async (script: string, args: readonly string[] = []): Promise<string> =>
    output(script, args, { cwd: context, env: environment });
  const file = real && golden.classic !== undefined ? ['-f', golden.classic] : [];
  const build = ['-t', tag, ...file, ...golden.arguments];
  await run(golden.before);
  const first = await run('docker build --no-cache "$@" .', build);
  const second = golden.twice ? await run('docker build "$@" .', build) : '';
  const details = await readImage(dockerHost, tag);
  const plain = normaliser({ script: '', digests, names: [], folder: context });
  const comparable = golden.like === 'classic' && golden.classic === undefined;
  return {
    output: comparable ? plain(first + second) : '',
    image: comparable
      ? plain(JSON.stringify(details, undefined, 1))
      : JSON.stringify(essence(details), undefined, 1),
    tree: await treeOf(dockerHost, tag),
  };
}

async function output(
  script: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', `umask 022; ${script}`, 'sh', ...args], options, (error, stdout, stderr) => {
      resolve(`${stdout}\n${stderr}\nexit code ${error?.code ?? 0}\n`);
    });
  });
}

const ESSENTIAL = [
  ...['Env', 'Cmd', 'Entrypoint', 'WorkingDir', 'User', 'ExposedPorts', 'Volumes', 'Labels'],
  ...['StopSignal', 'Shell', 'Healthcheck', 'OnBuild'],
];

/** What a container of the image would be like, however the image was built. */
function essence({ Config }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const config = (Config ?? {}) as Record<string, unknown>;
  const said = ESSENTIAL.map((key): [string, unknown] => [key, config[key]]);
  return Object.fromEntries(said.filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
