import { parseArgs } from 'node:util';

/** What `engine.mjs` is told on its command line (docs/architecture.md, "In a session"). */
export interface EngineOptions {
  /** The engine's folder on the session's disk. */
  readonly state: string;
  /** The official images, read-only. */
  readonly catalog: string;
  readonly dockerSocket: string;
  /** An inherited descriptor (`fd:3`), or a path for development and tests. */
  readonly control: { readonly fd: number } | { readonly path: string };
  /** Root of the session's control groups. */
  readonly cgroup?: string;
  readonly diskBytes?: number;
  readonly memoryBytes?: number;
  readonly processes?: number;
  /** How long one build may take; as long as it takes when absent. */
  readonly buildMinutes?: number;
  /** The state is one from the middle of a run: containers that ran go on. */
  readonly goesOn?: boolean;
}

export class BadArguments extends Error {}

export function parseEngineArguments(argv: readonly string[]): EngineOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      state: text, catalog: text, 'docker-socket': text, control: text, cgroup: text,
      'disk-bytes': text, 'memory-bytes': text, processes: text, 'build-minutes': text, 'goes-on': { type: 'boolean' },
    },
  }); // prettier-ignore
  const required = (name: 'state' | 'catalog' | 'docker-socket' | 'control') => {
    const value = values[name];
    if (value === undefined || value === '') throw new BadArguments(`--${name} is missing`);
    return value;
  };
  const count = (key: 'diskBytes' | 'memoryBytes' | 'processes', name: string, value: string | undefined) => {
    if (value === undefined) return {};
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number <= 0)
      throw new BadArguments(`--${name} ${value} is not a positive number`);
    return { [key]: number };
  };
  const minutes = values['build-minutes'];
  if (minutes !== undefined && !(Number(minutes) > 0))
    throw new BadArguments(`--build-minutes ${minutes} is not a positive number`);
  return {
    state: required('state'),
    catalog: required('catalog'),
    dockerSocket: required('docker-socket'),
    control: parseControl(required('control')),
    ...(values.cgroup === undefined ? {} : { cgroup: values.cgroup }),
    ...count('diskBytes', 'disk-bytes', values['disk-bytes']),
    ...count('memoryBytes', 'memory-bytes', values['memory-bytes']),
    ...count('processes', 'processes', values.processes),
    ...(minutes === undefined ? {} : { buildMinutes: Number(minutes) }),
    ...(values['goes-on'] === true ? { goesOn: true } : {}),
  };
}

function parseControl(text: string): EngineOptions['control'] {
  const found = /^fd:(\d+)$/.exec(text);
  return found ? { fd: Number(found[1]) } : { path: text };
}
