import { rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';

import { format, resolveConfig } from 'prettier';

import { openMachines, type Machines } from '../machines.ts';
import { reset } from '../oracle/state.ts';
import { settings } from '../settings.ts';
import { CASES } from './cases.ts';
import { measureChecks } from './checks.ts';
import { makeFolder, removeAbandonedFolders } from './folder.ts';
import { measureHub } from './hub.ts';
import { measure, type Measurement, type Target } from './measure.ts';
import { measurePage } from './page.ts';
import { openPeer, type Peer } from './peer.ts';
import { measureIdleMemory, measureStart } from './session.ts';
import { formatResults, type Result } from './table.ts';
import { measureTerminals } from './terminals.ts';

/**
 * `npm run bench`: measures with sessions and, where it is there, with dockerd in turns. Prints the table, and keeps it
 * unless only the cases with `filter` in their title were wanted.
 */
async function main(filter: string): Promise<void> {
  await removeAbandonedFolders();
  const folder = makeFolder();
  const machines = await openMachines({}, folder);
  let peer: Peer | undefined;
  const tidyUp = async (): Promise<void> => {
    await peer?.engine.stop();
    await machines.close();
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void tidyUp().finally(() => process.exit(1)));
  try {
    const sessions = await measureSessions(machines, filter);
    peer = await openPeer(folder, { idle: sessions.length > 0 });
    if (peer === undefined)
      process.stdout.write('There is no dockerd here to compare with: figures, no ratios.\n');
    const cases = await measureCases({ machines, peer, folder, filter });
    const own = [
      ...(await measureTicks(machines, filter)),
      ...(await measureHub(filter)),
      ...(await measureTerminals(filter)),
      ...(await measurePage(filter, folder)),
    ];
    const results = [...cases, ...sessions.map((each) => each(peer)), ...own];
    process.stdout.write(`\n${formatResults(results)}\n`);
    if (filter === '') await keep(formatResults(results));
    if (results.some(({ slipway }) => typeof slipway !== 'number')) process.exitCode = 1;
  } finally {
    await tidyUp();
  }
}

const SESSIONS = [
  { title: 'session: to the first byte of its shell', unit: 'ms', aim: '≤ 300 ms', work: measureStart, of: 'startMs' },
  { title: 'session: memory when idle (proportional set)', unit: 'MiB', aim: '≤ 15 MiB', work: measureIdleMemory, of: 'idleMiB' },
] as const; // prettier-ignore

/** Before there is a dockerd, which would be in the way; what it takes for the same is known later. */
async function measureSessions(
  machines: Machines,
  filter: string,
): Promise<((peer: Peer | undefined) => Result)[]> {
  const results: ((peer: Peer | undefined) => Result)[] = [];
  for (const { title, unit, aim, work, of } of SESSIONS.filter((each) => each.title.includes(filter))) {
    const slipway = await work(machines);
    results.push((peer) => {
      const outcome = peer?.[of];
      return {
        title,
        unit,
        slipway,
        aim,
        peers: outcome === undefined ? [] : [{ name: 'dockerd', outcome }],
      };
    });
    process.stderr.write(`${title}: done\n`);
  }
  return results;
}

const TICKS = 'checks: from what the engine did to the tick';

async function measureTicks(machines: Machines, filter: string): Promise<Result[]> {
  if (!TICKS.includes(filter)) return [];
  const slipway = await measureChecks(machines);
  return [{ title: TICKS, unit: 'ms', slipway, peers: [], aim: '< 150 ms' }];
}

interface Wanted {
  readonly machines: Machines;
  readonly peer: Peer | undefined;
  readonly folder: string;
  readonly filter: string;
}

async function measureCases({ machines, peer, folder, filter }: Wanted): Promise<Result[]> {
  const wanted = CASES.filter((each) => each.title.includes(filter));
  if (wanted.length === 0) return [];
  const ours = await openTarget(machines, 'slipway', folder);
  const bare = { ...(await openTarget(machines, 'bare', folder)), bare: true } as const;
  const dockerd = peer && { ...ours, name: 'dockerd', dockerHost: peer.engine.dockerHost };
  if (dockerd) await ready(dockerd, folder);
  const results: Result[] = [];
  for (const each of wanted) {
    const others = peersOf(each, { bare, dockerd });
    const [slipway = Number.NaN, ...outcomes] = await measure(
      each,
      [ours, ...others],
      path.join(folder, 'case'),
    );
    const { title, aim } = each;
    const peers = outcomes.map((outcome, i) => ({ name: nameOf(others[i], each), outcome }));
    results.push({ title, unit: 'ms', slipway, peers, aim });
    process.stderr.write(`${title}: done (load ${loadavg()[0]?.toFixed(1)})\n`);
    for (const outcome of [slipway, ...outcomes])
      if (outcome instanceof Error) process.stderr.write(`  ${outcome.message.trim().split('\n').at(-1)}\n`);
  }
  return results;
}

interface Others {
  readonly bare: Target;
  readonly dockerd: Target | undefined;
}

function peersOf({ against = 'dockerd' }: Measurement, { bare, dockerd }: Others): Target[] {
  if (against === 'itself') return [bare];
  if (dockerd === undefined) return [];
  const buildKit = { ...dockerd, name: 'buildkit', env: { DOCKER_BUILDKIT: '1' } };
  return against === 'builders' ? [buildKit, dockerd] : [dockerd];
}

function nameOf(target: Target | undefined, { against }: Measurement): string {
  if (target?.name === 'buildkit') return 'BuildKit';
  if (target?.bare) return 'Slipway, empty';
  return against === 'builders' ? 'legacy builder' : 'dockerd';
}

async function openTarget({ supervisor }: Machines, name: string, folder: string): Promise<Target> {
  const { engineSocket } = await supervisor.create();
  const cli = path.join(settings.dataDir, 'workbench/current/usr/bin');
  const target = { name, dockerHost: `unix://${engineSocket}`, cli };
  await ready(target, folder);
  return target;
}

/** With the images of the catalog, and nothing else. */
async function ready({ dockerHost }: Target, shared: string): Promise<void> {
  await reset({ name: '', dockerHost, shared, stop: async () => undefined });
}

async function keep(table: string): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const [first] = cpus();
  const machine = `${cpus().length} processors (${first?.model ?? 'unknown'}), ${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  const text = `# Benchmarks

Measured on ${date} with \`npm run bench\` on a machine with ${machine}. Only ratios travel from machine to
machine: the engines take turns in one run, each figure is the median. dockerd is 20.10 out of Debian 12; builds are
compared with its legacy builder and its BuildKit, whichever is the better. A session's start and
memory are set beside those of a daemon of one's own (dockerd with containerd, without any container).
\`npm run bench -- build\` measures only the cases with that word in their title, and does not write this file.

${table}
`;
  const file = path.join(settings.project, 'docs/benchmarks.md');
  const style = (await resolveConfig(file)) ?? {};
  await writeFile(file, await format(text, { ...style, parser: 'markdown' }));
}

await main(process.argv[2] ?? '');
