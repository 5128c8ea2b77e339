import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { EgressWishes } from '../sandbox/egress/egress.ts';
import { parseRule } from '../sandbox/egress/rules.ts';
import { run } from './command.ts';
import { Failure, messageOf } from './failure.ts';
import type { Settings } from './settings.ts';
import type { SetupContext } from './setup/context.ts';
import { debianRepositories } from './setup/debian.ts';

/** Stands in the setting for the package mirrors that this host uses itself. */
export const MIRRORS = 'mirrors';
/** Stands in the setting for no way out at all. */
export const NOTHING = 'none';

/** What is known of the host's mirrors is asked for again after a day. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** What the settings say about the way out of machines. Throws `Failure` for a place that cannot be read. */
export async function egressWishes(context: SetupContext, settings: Settings): Promise<EgressWishes> {
  const { egress, egressBytes, egressRate } = settings;
  return {
    places: await egressRules(context, egress),
    bytesPerMachine: egressBytes,
    ...(egressRate !== undefined && { bytesPerSecond: egressRate }),
  };
}

/** The rules that a setting such as `mirrors,*.example.org` means on this host. */
export async function egressRules(context: SetupContext, wishes: readonly string[]): Promise<string[]> {
  const rules: string[] = [];
  for (const wish of wishes) {
    if (wish === NOTHING) return [];
    if (wish === MIRRORS) rules.push(...(await mirrorsOf(context)));
    else rules.push(checked(wish));
  }
  return [...new Set(rules)];
}

function checked(rule: string): string {
  try {
    parseRule(rule);
    return rule;
  } catch (error) {
    throw new Failure(
      messageOf(error),
      `Give --egress a list such as ${MIRRORS},*.example.org, * for everything, or ${NOTHING}.`,
    );
  }
}

/** Where pip looks when nobody has told it anything else. */
const PYTHON = ['https://pypi.org', 'https://files.pythonhosted.org'];

/** Where this host gets its packages from: Debian's by apt, npm's and Python's. Asking takes half a second. */
async function mirrorsOf(context: SetupContext): Promise<string[]> {
  const file = join(context.data, 'mirrors.json');
  const known = await readKnown(file);
  if (known && known.mirror === context.mirror && Date.now() - known.at < KEPT_MS) return known.hosts;
  const [debian, npm, python] = await Promise.all([
    debianRepositories(context).then(
      (repositories) => repositories.map(({ site }) => site),
      () => [],
    ),
    run('npm', ['config', 'get', 'registry']).then(
      (text) => [text.trim()],
      () => [],
    ),
    readFile('/etc/pip.conf', 'utf8').then(
      (text) => indexesOf(text) ?? PYTHON,
      () => PYTHON,
    ),
  ]);
  const hosts = [...debian, ...npm, ...python].filter((url) => /^https?:/.test(url)).map(hostOf);
  if (hosts.length > 0) {
    await writeFile(`${file}.partial`, JSON.stringify({ at: Date.now(), mirror: context.mirror, hosts }));
    await rename(`${file}.partial`, file);
  }
  return hosts;
}

/** What pip's settings name; undefined when they leave it at its own. */
function indexesOf(settings: string): string[] | undefined {
  const found = [...settings.matchAll(/^\s*(?:extra-)?index-url\s*=\s*(\S+)/gm)].flatMap(
    (match) => match[1] ?? [],
  );
  return /^\s*index-url\s*=/m.test(settings) ? found : undefined;
}

interface Known {
  readonly at: number;
  readonly mirror?: string;
  readonly hosts: string[];
}

async function readKnown(file: string): Promise<Known | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Known;
  } catch {
    return undefined;
  }
}

/** With its port, where it is not the scheme's own. */
function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return port === '' ? hostname : `${hostname}:${port}`;
}
