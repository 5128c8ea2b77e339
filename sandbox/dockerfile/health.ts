import type { Healthcheck } from '../oci/config.ts';
import { parseDuration } from './duration.ts';
import { DockerfileError, quoted } from './error.ts';
import { readFlags } from './flags.ts';
import type { Statement } from './statement.ts';

/** Shorter ones cannot be kept. */
const SHORTEST_NANOSECONDS = 1e6;

export function parseHealth({ args, flags, json }: Statement): Healthcheck {
  const [written = '', ...command] = args;
  const kind = written.toUpperCase();
  if (kind === 'NONE') {
    if (command.length > 0) throw new DockerfileError('HEALTHCHECK NONE takes no arguments');
    return { Test: ['NONE'] };
  }
  const given = readFlags(flags, FLAGS);
  if (kind !== 'CMD') throw new DockerfileError(`Unknown type ${quoted(kind)} in HEALTHCHECK (try CMD)`);
  if (command.length === 0) throw new DockerfileError('Missing command after HEALTHCHECK CMD');
  return {
    Test: [json ? 'CMD' : 'CMD-SHELL', ...command],
    ...interval('interval', 'Interval', given.interval),
    ...interval('timeout', 'Timeout', given.timeout),
    ...interval('start-period', 'StartPeriod', given['start-period']),
    ...(given.retries !== undefined && given.retries !== '' && { Retries: retriesOf(given.retries) }),
  };
}

const FLAGS = { interval: 'text', timeout: 'text', 'start-period': 'text', retries: 'text' } as const;

function interval(name: string, field: 'Interval' | 'Timeout' | 'StartPeriod', text?: string): Healthcheck {
  if (text === undefined || text === '') return {};
  const nanoseconds = parseDuration(text);
  if (nanoseconds < SHORTEST_NANOSECONDS) {
    throw new DockerfileError(`Interval ${quoted(name)} cannot be less than 1ms`);
  }
  return { [field]: nanoseconds };
}

/** A number that Go keeps in 32 bits. */
function retriesOf(text: string): number {
  if (!/^[-+]?\d+$/u.test(text)) {
    throw new DockerfileError(`strconv.ParseInt: parsing ${quoted(text)}: invalid syntax`);
  }
  const retries = Number(text);
  if (retries > 0x7fff_ffff || retries < -0x8000_0000) {
    throw new DockerfileError(`strconv.ParseInt: parsing ${quoted(text)}: value out of range`);
  }
  if (retries < 1) throw new DockerfileError(`--retries must be at least 1 (not ${retries})`);
  return retries;
}
