import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { Command, Option } from 'commander';

import type { HostMount } from '../sandbox/host/supervisor.ts';
import { bench } from './bench.ts';
import { buildCatalog, listCatalog } from './catalog/catalog.ts';
import { clean } from './clean.ts';
import { doctor } from './doctor.ts';
import { addLessonCommands } from './lesson/lesson.ts';
import { load, type LoadWishes } from './load.ts';
import { createProgress } from './progress.ts';
import { reportFailure } from './report.ts';
import { requireRoot } from './requirements.ts';
import { sandbox } from './sandbox.ts';
import {
  completeSettings,
  dropEmptyVariables,
  optionsFor,
  parseMount,
  type SettingName,
  type Settings,
} from './settings.ts';
import type { SetupContext } from './setup/context.ts';
import { setUp } from './setup/setup.ts';
import { start } from './start/start.ts';
import { test } from './testing/test.ts';

const LIMITS = ['memory', 'disk', 'cpus', 'processes', 'buildMinutes'] as const;
const BASE = ['dataDir', 'mirror'] as const;
const EGRESS = ['egress', 'egressBytes', 'egressRate'] as const;
const START = [
  ...(['port', 'host', ...BASE, ...LIMITS] as const),
  ...([
    'maxSessions',
    'spares',
    'snapshots',
    'snapshotSpace',
    'queue',
    'sessionMinutes',
    'longestMinutes',
    'idleMinutes',
    'sessionsPerLearner',
    'allowedHosts',
    'previewDomain',
    'trustedProxies',
  ] as const),
  ...(['adminToken', 'images', ...EGRESS, 'hubQuota', 'hubUpstream', 'hubCache', 'contentTrust'] as const),
  ...(['logFormat', 'logLevel'] as const),
];

/** The command line. Called by the launcher, cli/slipway.mjs, with the arguments and the project's folder. */
export async function main(argv: readonly string[], project: string): Promise<void> {
  // What is made here is read by other users: the web server's, and those inside the machines.
  process.umask(0o022);
  dropEmptyVariables(process.env);
  const version = await readVersion(project);
  const interrupted = new AbortController();
  const program = new Command('slipway')
    .description(
      'Learn Docker images by doing: a machine of one’s own in the browser, on real layers and real containers.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .showSuggestionAfterError()
    .showHelpAfterError('(slipway --help lists what there is)');

  let log = join(completeSettings({}).dataDir, 'log/slipway.log');
  const open = (given: Partial<Settings>): { context: SetupContext; settings: Settings } => {
    const settings = completeSettings(given);
    log = join(settings.dataDir, 'log/slipway.log');
    return { settings, context: contextFor(project, settings, interrupted.signal) };
  };
  addCommands(program, open, interrupted);
  const lesson = program.command('lesson').description('for authors: make, check, test and look at lessons');
  addLessonCommands({
    command: (name, description, service) => {
      const added = lesson.command(name).description(description);
      if (service) for (const option of optionsFor(START)) added.addOption(option);
      return added;
    },
    open,
    lessons: join(project, 'lessons'),
    interrupted,
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (interrupted.signal.aborted) process.exitCode = 130;
    else {
      reportFailure(error, { debug: process.env.SLIPWAY_DEBUG === '1', log });
      process.exitCode = 1;
    }
  }
}

type Open = (given: Partial<Settings>) => { context: SetupContext; settings: Settings };

function addCommands(program: Command, open: Open, interrupted: AbortController): void {
  const command = (name: string, description: string, settings: readonly SettingName[]): Command => {
    const added = program.command(name).description(description);
    for (const option of optionsFor(settings)) added.addOption(option);
    return added;
  };

  command('start', 'set up what is missing, then serve the page', START).action(
    async (given: Partial<Settings>) => {
      const { context, settings } = open(given);
      await start(context, settings, interrupted);
    },
  );
  command('setup', 'set up what is missing, and serve nothing', BASE)
    .option('--tests', 'also what the tests need: a browser, and a Docker daemon to compare with')
    .action(async (given: Partial<Settings> & { tests?: true }) => {
      interruptOnSignals(interrupted);
      requireRoot('set up machines');
      const { context } = open(given);
      await setUp(context, { page: true, tests: given.tests === true });
      process.stdout.write('Everything is set up.\n');
    });
  command('doctor', 'say what this host can and cannot do', BASE).action(async (given: Partial<Settings>) => {
    process.exitCode = (await doctor(open(given).context)) ? 0 : 1;
  });
  command('test', 'run every test there is', BASE)
    .option('--long', 'also the long forms of some tests')
    .action(async (given: Partial<Settings> & { long?: true }) => {
      interruptOnSignals(interrupted);
      const { context } = open(given);
      process.exitCode = (await test(context, { long: given.long === true, ci: process.env.CI === 'true' }))
        ? 0
        : 1;
    });
  command('sandbox', 'serve the Docker API of one machine at a socket, for scripts and tests', [
    ...BASE,
    ...LIMITS,
    ...EGRESS,
  ])
    .requiredOption('--socket <path>', 'where the socket is made', absoluteSocket)
    .addOption(mountOption())
    .option('--publish', 'published ports listen on this host’s loopback too')
    .action(async (given: Partial<Settings> & SandboxFlags) => {
      const { context, settings } = open(given);
      const { socket, mount = [], publish = false } = given;
      await sandbox(context, settings, { socket, mounts: mount, publish }, interrupted);
    });
  const catalog = program
    .command('catalog')
    .description('the official images of the lab: what there is, and what can be built');
  const catalogCommand = (name: string, description: string): Command => {
    const added = catalog.command(name).description(description);
    for (const option of optionsFor(BASE)) added.addOption(option);
    return added;
  };
  catalogCommand('list', 'say which images there are').action(async (given: Partial<Settings>) => {
    await listCatalog(open(given).context);
  });
  catalogCommand('build', 'build the images that are missing, from Debian’s packages')
    .argument('[names...]', 'only these')
    .action(async (names: string[], given: Partial<Settings>) => {
      await buildCatalog(open(given).context, names, interrupted);
    });
  command('bench', 'measure, beside a real Docker daemon', BASE)
    .argument('[filter]', 'only cases with this in their title', '')
    .action(async (filter: string, given: Partial<Settings>) => {
      interruptOnSignals(interrupted);
      process.exitCode = await bench(open(given).context, filter);
    });
  command('load', 'try how many learners at once this host holds', BASE)
    .option('--sessions <numbers>', 'machines at once, with commas for a curve: 10,25,50', '10')
    .option('--minutes <number>', 'how long each number of machines is worked with', '1')
    .option('--active <percent>', 'learners who take a lesson; the others read', '20')
    .option('--lessons <names>', 'which they take, with commas')
    .option('--peer', 'also what a dockerd of one’s own takes')
    .action(async (given: Partial<Settings> & LoadWishes) => {
      interruptOnSignals(interrupted);
      process.exitCode = await load(open(given).context, given);
    });
  command('clean', 'remove what Slipway keeps on this host', ['dataDir'])
    .addOption(new Option('--machines', 'only the machines with their disks').conflicts('all'))
    .option('--all', 'also what people have made: progress, images on the hub, signatures')
    .option('--yes', 'really remove it')
    .action(async (given: Partial<Settings> & { machines?: true; all?: true; yes?: true }) => {
      requireRoot('remove what root has made');
      const { dataDir } = open(given).settings;
      const scope = given.machines ? 'machines' : given.all ? 'all' : 'usual';
      await clean(dataDir, { scope, confirmed: given.yes === true });
    });
}

interface SandboxFlags {
  readonly socket: string;
  readonly mount?: readonly HostMount[];
  readonly publish?: boolean;
}

const absoluteSocket = (path: string): string => resolve(path);

function mountOption(): Option {
  return new Option(
    '--mount <host-folder:folder[:ro]>',
    'show a folder of this host in the machine; may be given several times',
  ).argParser((text: string, before?: readonly HostMount[]) => [...(before ?? []), parseMount(text)]);
}

/** Ctrl+C during a set-up ends the command at work, and then us. */
function interruptOnSignals(interrupted: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.abort());
}

function contextFor(project: string, settings: Settings, signal: AbortSignal): SetupContext {
  const { dataDir, mirror } = settings;
  return {
    project,
    data: dataDir,
    log: join(dataDir, 'log/setup.log'),
    progress: createProgress(process.stdout),
    signal,
    mirror,
  };
}

async function readVersion(project: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
