import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { call } from './api.ts';
import type { Engine } from './engine.ts';
import { normaliser } from './normalise.ts';
import type { Row } from './row.ts';
import { readState, reset } from './state.ts';

/** What a row did, ready to be compared: everything random is numbered or masked. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly state: string;
}

export interface RunOptions {
  readonly engine: Engine;
  /** Folder of the Docker CLI to use. */
  readonly cli: string;
  readonly digests: ReadonlySet<string>;
}

const ROW_LIMIT_MS = 60_000;

/** A folder's umask and language decide what is printed: both are fixed. */
const PRELUDE = `umask 022
eventually() { for _ in $(seq 150); do eval "$1" >/dev/null 2>&1 && return; sleep 0.1; done; echo "never: $1"; }
`;

/** Runs `row` in a fresh folder; afterwards the engine is as it was before. */
export async function runRow(row: Row, { engine, cli, digests }: RunOptions): Promise<Outcome> {
  const [, script, options = {}] = row;
  const folder = await mkdtemp(path.join(engine.shared, 'row-'));
  const since = Date.now() / 1000;
  try {
    const { exitCode, stdout, stderr } = await runScript({
      script,
      folder,
      cli,
      dockerHost: engine.dockerHost,
    });
    const names = await namesMade(engine.dockerHost, since);
    const state = JSON.stringify(sorted(await readState(engine, digests)), undefined, 1);
    const plain = normaliser({ script, digests, names, folder });
    const shown = (output: string): string => order(plain(mask(output, options.mask)), options.unordered);
    return { exitCode, stdout: shown(stdout), stderr: shown(stderr), state: plain(state) };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await reset(engine);
  }
}

interface Script {
  readonly script: string;
  readonly folder: string;
  readonly cli: string;
  readonly dockerHost: string;
}

async function runScript(options: Script): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', PRELUDE + options.script], {
    cwd: options.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      PATH: `${options.cli}:/usr/bin:/bin`,
      HOME: options.folder,
      DOCKER_HOST: options.dockerHost,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      TERM: 'xterm',
    },
  });
  const group = -(child.pid ?? 0);
  const timer = setTimeout(() => process.kill(group, 'SIGKILL'), ROW_LIMIT_MS);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  clearTimeout(timer);
  return { exitCode: child.exitCode ?? -1, stdout, stderr };
}

interface Event {
  readonly Actor: { readonly Attributes: { readonly name?: string } };
}

async function namesMade(dockerHost: string, since: number): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ type: { container: true }, event: { create: true } }));
  const query = `since=${since.toFixed(9)}&until=${(Date.now() / 1000).toFixed(9)}&filters=${filters}`;
  const lines = (await call(dockerHost, 'GET', `/events?${query}`))
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return lines.flatMap((line) => (JSON.parse(line) as Event).Actor.Attributes.name ?? []);
}

function mask(output: string, pattern: RegExp | undefined): string {
  return pattern === undefined
    ? output
    : output.replaceAll(new RegExp(pattern, pattern.flags.replace('g', '') + 'g'), '');
}

function order(output: string, unordered: true | undefined): string {
  return unordered === undefined ? output : output.split('\n').toSorted().join('\n');
}

/** The same value with all keys in alphabetical order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
