import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

import { format, resolveConfig } from 'prettier';

import { openMachines } from '../machines.ts';
import { startDockerd } from '../oracle/dockerd.ts';
import type { Engine } from '../oracle/engine.ts';
import { reset } from '../oracle/state.ts';
import { findOracleTools, type OracleTools } from '../oracle/tools.ts';
import { settings } from '../settings.ts';
import { measure, type Measurement, type Target } from './measure.ts';
import { proportionalSet, sharesProcessNamespace } from './memory.ts';
import { measureIdleMemory, measureStart, processNamespaces } from './session.ts';
import { formatResults, type Result } from './table.ts';

const COMMIT = 'docker commit box bench:1 >/dev/null';
const UNTAG = 'docker rmi bench:1 >/dev/null';

const MEASUREMENTS: readonly (Measurement & { readonly aim: string })[] = [
  {
    title: 'docker run --rm busybox true',
    repetitions: 15,
    script: 'docker run --rm busybox true',
    aim: '≤ 0.25',
  },
  {
    title: 'docker exec C true',
    repetitions: 15,
    prepare: 'docker run -d --name box busybox sleep 3600',
    script: 'docker exec box true',
    aim: '≤ 0.6',
  },
  {
    title: 'commit: one small file',
    repetitions: 9,
    prepare: 'docker run --name box busybox touch /small',
    script: COMMIT,
    after: UNTAG,
    aim: '≤ 0.5',
  },
  {
    title: 'commit: one file of 100 MB',
    repetitions: 5,
    prepare: 'docker run --name box busybox dd if=/dev/urandom of=/large bs=1M count=100',
    script: COMMIT,
    after: UNTAG,
    aim: '≤ 0.7',
  },
  {
    title: 'commit: 10,000 files',
    repetitions: 5,
    prepare: `docker run --name box busybox sh -c 'mkdir /many; cd /many; for i in $(seq 10000); do echo $i >$i; done'`,
    script: COMMIT,
    after: UNTAG,
    aim: '≤ 0.7',
  },
];

/** `npm run bench`: measures with sessions and, where it is there, with dockerd in turns; prints and keeps the table. */
async function main(): Promise<void> {
  const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'));
  const machines = await openMachines();
  let oracle: Oracle | undefined;
  try {
    const start = await measureStart(machines);
    const memory = await measureIdleMemory(machines);
    oracle = tools === undefined ? undefined : await openOracle(tools, folder);
    if (oracle === undefined)
      process.stdout.write('There is no dockerd here to compare with: figures, no ratios.\n');
    const session = await machines.supervisor.create();
    const ours: Target = {
      name: 'slipway',
      dockerHost: `unix://${session.engineSocket}`,
      cli: path.join(settings.dataDir, 'workbench/current/usr/bin'),
    };
    const targets =
      oracle === undefined
        ? [ours]
        : [ours, { ...ours, name: 'dockerd', dockerHost: oracle.engine.dockerHost }];
    await Promise.all(
      targets.map(async ({ dockerHost }) =>
        reset({ name: '', dockerHost, shared: folder, stop: async () => undefined }),
      ),
    );
    const results: Result[] = [];
    for (const { aim, ...measurement } of MEASUREMENTS) {
      const [slipway = Number.NaN, dockerd] = await measure(measurement, targets);
      results.push({
        title: measurement.title,
        unit: 'ms',
        slipway,
        aim,
        ...(dockerd !== undefined && { dockerd }),
      });
      process.stderr.write(`${measurement.title}: done\n`);
    }
    results.push(
      {
        title: 'session: to the first byte of its shell',
        unit: 'ms',
        slipway: start,
        aim: '≤ 300 ms',
        ...(oracle && { dockerd: oracle.startMs }),
      },
      {
        title: 'idle session: memory (proportional set)',
        unit: 'MiB',
        slipway: memory,
        aim: '≤ 15 MiB',
        ...(oracle && { dockerd: oracle.idleMiB }),
      },
    );
    await report(formatResults(results));
  } finally {
    await oracle?.engine.stop();
    await machines.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Oracle {
  readonly engine: Engine;
  readonly startMs: number;
  readonly idleMiB: number;
}

/** For a session's start and memory, what one learner of one's own would need with dockerd: a daemon each. */
async function openOracle(tools: OracleTools, folder: string): Promise<Oracle> {
  const before = processNamespaces();
  const started = performance.now();
  const catalog = path.join(settings.dataDir, 'catalog');
  const engine = await startDockerd({
    name: 'dockerd',
    tools,
    catalog,
    folder: path.join(folder, 'dockerd'),
    shared: folder,
  });
  const startMs = performance.now() - started;
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const made = [...processNamespaces()].filter(([namespace]) => !before.has(namespace)).map(([, pid]) => pid);
  const belongs = made.map(sharesProcessNamespace);
  const isDaemon = (pid: number): boolean => belongs.some((each) => each(pid)) && !isHub(pid);
  return { engine, startMs, idleMiB: proportionalSet(isDaemon) };
}

/** The stand-in for the hub is a Node process of the test, no part of dockerd. */
function isHub(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('hub.mjs');
}

async function report(table: string): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const [first] = cpus();
  const machine = `${cpus().length} processors (${first?.model ?? 'unknown'}), ${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  process.stdout.write(`\n${table}\n`);
  const text = `# Benchmarks

Measured on ${date} with \`npm run bench\` on a machine with ${machine}. Only ratios travel from machine to
machine: the engines take turns in one run, each figure is the median. dockerd is 20.10 out of Debian 12. A session's start and
memory are set beside those of a daemon of one's own (dockerd with containerd, without any container).

${table}
`;
  const file = path.join(settings.project, 'docs/benchmarks.md');
  const style = (await resolveConfig(file)) ?? {};
  await writeFile(file, await format(text, { ...style, parser: 'markdown' }));
}

await main();
