import { resolve } from 'node:path';

import { InvalidArgumentError, Option } from 'commander';

import type { HostMount } from '../sandbox/host/supervisor.ts';

/**
 * Everything that can be set, in one table: the flag, the variable of the environment, the default, and how the text is
 * read. `--help`, the environment and the checks come from here; nothing else reads the environment.
 */

interface Setting<T> {
  readonly flag: string;
  readonly env: string;
  readonly help: string;
  readonly fallback?: string;
  readonly parse: (text: string) => T;
}

const setting = <T>(value: Setting<T>): Setting<T> => value;

const TABLE = {
  port: setting({
    flag: '--port <number>',
    env: 'PORT',
    fallback: '3000',
    help: 'port of the page; 0 takes any free one',
    parse: wholeNumber(0, 65_535),
  }),
  host: setting({
    flag: '--host <address>',
    env: 'HOST',
    fallback: 'localhost',
    help: 'address to listen on; 0.0.0.0 for all',
    parse: (text) => text,
  }),
  dataDir: setting({
    flag: '--data-dir <folder>',
    env: 'DATA_DIR',
    fallback: '/var/lib/slipway',
    help: 'where images, machines and their disks are kept',
    parse: absolutePath,
  }),
  memory: setting({
    flag: '--memory <size>',
    env: 'MEMORY',
    fallback: '512m',
    help: 'memory of a machine',
    parse: size('64m'),
  }),
  disk: setting({
    flag: '--disk <size>',
    env: 'DISK',
    fallback: '2g',
    help: 'disk of a machine',
    parse: size('64m'),
  }),
  cpus: setting({
    flag: '--cpus <number>',
    env: 'CPUS',
    fallback: '1',
    help: 'processors of a machine; fractions are fine',
    parse: number(0.05, 1024),
  }),
  processes: setting({
    flag: '--processes <number>',
    env: 'PROCESSES',
    fallback: '512',
    help: 'processes and threads of a machine',
    parse: wholeNumber(32, 4_000_000),
  }),
  buildMinutes: setting({
    flag: '--build-minutes <number>',
    env: 'BUILD_MINUTES',
    fallback: '30',
    help: 'how long one docker build may take; fractions are fine',
    parse: number(0.05, 60 * 24),
  }),
  maxSessions: setting({
    flag: '--max-sessions <number>',
    env: 'MAX_SESSIONS',
    fallback: '64',
    help: 'machines that may exist at once, stopped ones included',
    parse: wholeNumber(1, 4_096),
  }),
  spares: setting({
    flag: '--spares <number>',
    env: 'SPARES',
    fallback: '1',
    help: 'machines that are booted before anybody asks, so that nobody waits for a boot',
    parse: wholeNumber(0, 256),
  }),
  queue: setting({
    flag: '--queue <number>',
    env: 'QUEUE',
    fallback: '200',
    help: 'learners who may wait for a machine while the host is full; 0: nobody waits',
    parse: wholeNumber(0, 10_000),
  }),
  snapshots: setting({
    flag: '--snapshots <number>',
    env: 'SNAPSHOTS',
    fallback: '8',
    help: 'states of a machine that are kept for its learner to go back to; 0 for none',
    parse: wholeNumber(0, 100),
  }),
  snapshotSpace: setting({
    flag: '--snapshot-space <size>',
    env: 'SNAPSHOT_SPACE',
    fallback: '1g',
    help: 'disk that all such states of one machine may take together',
    parse: size('16m'),
  }),
  sessionMinutes: setting({
    flag: '--session-minutes <number>',
    env: 'SESSION_MINUTES',
    fallback: '240',
    help: 'how long a machine is kept',
    parse: number(1, 60 * 24 * 365),
  }),
  longestMinutes: setting({
    flag: '--longest-minutes <number>',
    env: 'LONGEST_MINUTES',
    fallback: '1440',
    help: 'how long a machine can be kept by its learner, an hour more at a time',
    parse: number(1, 60 * 24 * 365),
  }),
  idleMinutes: setting({
    flag: '--idle-minutes <number>',
    env: 'IDLE_MINUTES',
    fallback: '30',
    help: 'how long a machine runs that no page shows; its disk stays, and the next visit boots it',
    parse: number(0.1, 60 * 24 * 365),
  }),
  sessionsPerLearner: setting({
    flag: '--sessions-per-learner <number>',
    env: 'SESSIONS_PER_LEARNER',
    fallback: '3',
    help: 'machines that one browser may have running',
    parse: wholeNumber(1, 4_096),
  }),
  allowedHosts: setting({
    flag: '--allowed-hosts <names>',
    env: 'ALLOWED_HOSTS',
    fallback: '',
    help: 'names the page is reached under beside localhost and plain addresses, with commas; *.example.org for a domain',
    parse: list,
  }),
  previewDomain: setting<string | undefined>({
    flag: '--preview-domain <name>',
    env: 'PREVIEW_DOMAIN',
    help: 'domain whose every name leads here: ports of machines are shown below it; localhost needs none',
    parse: (text) => (text === '' ? undefined : text.toLowerCase()),
  }),
  trustedProxies: setting({
    flag: '--trusted-proxies <number>',
    env: 'TRUSTED_PROXIES',
    fallback: '0',
    help: 'proxies in front of the server whose X-Forwarded headers count',
    parse: wholeNumber(0, 10),
  }),
  adminToken: setting<string | undefined>({
    flag: '--admin-token <text>',
    env: 'ADMIN_TOKEN',
    help: 'opens /admin and /metrics, 16 characters at least; without it there are none',
    parse: secret(16),
  }),
  images: setting({
    flag: '--images <names>',
    env: 'IMAGES',
    fallback: 'all',
    help: 'official images to build in the background when they are missing, with commas; all or none',
    parse: list,
  }),
  egress: setting({
    flag: '--egress <places>',
    env: 'EGRESS',
    fallback: 'mirrors',
    help: 'what machines may reach outside, with commas: mirrors (the package mirrors of this host), names, *.example.org, * or none',
    parse: list,
  }),
  egressBytes: setting({
    flag: '--egress-bytes <size>',
    env: 'EGRESS_BYTES',
    fallback: '2g',
    help: 'what one machine may send and receive outside',
    parse: size('1m'),
  }),
  egressRate: setting<number | undefined>({
    flag: '--egress-rate <size>',
    env: 'EGRESS_RATE',
    help: 'what one machine may send and receive outside in a second; without it, as much as the host can',
    parse: size('64k'),
  }),
  hubQuota: setting({
    flag: '--hub-quota <size>',
    env: 'HUB_QUOTA',
    fallback: '1g',
    help: 'what one name on the lab’s own registry may keep',
    parse: size('1m'),
  }),
  hubUpstream: setting<string | undefined>({
    flag: '--hub-upstream <url>',
    env: 'HUB_UPSTREAM',
    help: 'a registry that images are fetched from which the lab does not have, such as https://registry-1.docker.io',
    parse: url,
  }),
  hubCache: setting({
    flag: '--hub-cache <size>',
    env: 'HUB_CACHE',
    fallback: '10g',
    help: 'how much of such images is kept',
    parse: size('64m'),
  }),
  contentTrust: setting({
    flag: '--content-trust <on|off>',
    env: 'CONTENT_TRUST',
    fallback: 'on',
    help: 'whether images can be signed: a notary for the lab, fetched from Debian in the background',
    parse: onOrOff,
  }),
  logFormat: setting({
    flag: '--log-format <text|json>',
    env: 'LOG_FORMAT',
    fallback: 'text',
    help: 'lines for people, or one JSON object a line for programs',
    parse: oneOf('text', 'json'),
  }),
  logLevel: setting({
    flag: '--log-level <level>',
    env: 'LOG_LEVEL',
    fallback: 'info',
    help: 'how much is logged: error, warning, info or debug',
    parse: oneOf('error', 'warning', 'info', 'debug'),
  }),
  mirror: setting<string | undefined>({
    flag: '--mirror <url>',
    env: 'MIRROR',
    help: 'a Debian mirror, when the apt of this host uses none',
    parse: url,
  }),
};

type Table = typeof TABLE;
export type SettingName = keyof Table;
export type Settings = { readonly [Name in SettingName]: ReturnType<Table[Name]['parse']> };

/** The options of a command that takes these settings. Commander turns `--data-dir` into `dataDir`, the table's key. */
export function optionsFor(names: readonly SettingName[]): Option[] {
  return names.map((name) => {
    const { flag, env, help, fallback, parse } = TABLE[name] as Setting<unknown>;
    const option = new Option(flag, help).env(env).argParser(parse);
    return fallback === undefined || fallback === '' ? option : option.default(parse(fallback), fallback);
  });
}

/** Those not given on the command line or in the environment, nor having an option of this command, at their default. */
export function completeSettings(given: Partial<Settings>): Settings {
  const defaults = Object.fromEntries(
    Object.entries(TABLE).map(([name, { fallback, parse }]: [string, Setting<unknown>]) => [
      name,
      fallback === undefined ? undefined : parse(fallback),
    ]),
  );
  return { ...defaults, ...given } as Settings;
}

/** `PORT=` in a file of variables means: not set. */
export function dropEmptyVariables(environment: NodeJS.ProcessEnv): void {
  for (const { env } of Object.values<Setting<unknown>>(TABLE))
    if (environment[env] === '') Reflect.deleteProperty(environment, env);
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `512m`, `2g`, `1.5GB` as Docker reads them: powers of 1024. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Give a size such as 512m or 2g.');
  return Math.floor(Number(match[1]) * (UNITS[match[2]?.toLowerCase() ?? 'b'] ?? 1));
}

/** `HOSTFOLDER:FOLDER` or `HOSTFOLDER:FOLDER:ro`, as in Docker’s -v; the host's side may be relative. */
export function parseMount(text: string): HostMount {
  const [source = '', target = '', mode = 'rw', ...more] = text.split(':');
  if (source === '' || !target.startsWith('/') || !['ro', 'rw'].includes(mode) || more.length > 0)
    throw new InvalidArgumentError(
      'Give HOST-FOLDER:FOLDER, or HOST-FOLDER:FOLDER:ro; FOLDER is an absolute path.',
    );
  return { source: resolve(source), target, readOnly: mode === 'ro' };
}

function size(least: string): (text: string) => number {
  return (text) => {
    const bytes = parseSize(text);
    if (bytes < parseSize(least)) throw new InvalidArgumentError(`It must be at least ${least}.`);
    return bytes;
  };
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`);
  };
}

function wholeNumber(least: number, most: number): (text: string) => number {
  const parse = number(least, most);
  return (text) => {
    const value = parse(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError('Give a whole number.');
  };
}

function oneOf<const Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Say one of ${words.join(', ')}.`);
  };
}

function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new InvalidArgumentError('Say on or off.');
}

function secret(least: number): (text: string) => string {
  return (text) => {
    if (text.length >= least && !/\s/.test(text)) return text;
    throw new InvalidArgumentError(`Give at least ${least} characters, none of them white space.`);
  };
}

function absolutePath(text: string): string {
  if (text.startsWith('/') && text !== '/') return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('Give an absolute path, such as /srv/slipway.');
}

function url(text: string): string {
  if (/^(https?|file):\/\/\S+$/.test(text)) return text;
  throw new InvalidArgumentError('Give a URL.');
}

function list(text: string): string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}
