import * as z from 'zod';
import {
  absolutePath,
  containerName,
  imageReference,
  objectName,
  pattern,
  port,
  text,
} from './check-values.ts';

/** Conditions on containers, and on what they use: volumes, networks, ports. */

const CONTAINER_STATES = ['created', 'running', 'paused', 'restarting', 'exited', 'dead'] as const;
const CHANGE_KINDS = ['added', 'changed', 'deleted'] as const;

const containerExists = z.strictObject({
  kind: z.literal('container-exists'),
  name: containerName.optional(),
  image: imageReference.optional(),
  state: z.enum(CONTAINER_STATES).optional(),
  /** `true`: it has run at least once. */
  started: z.boolean().optional(),
  /** `true`: with an input and a terminal, as `docker run -it` makes it. */
  interactive: z.literal(true).optional(),
  /** A word of its command, such as the program's name. */
  command: text.optional(),
  exitCode: z.int().min(0).max(255).optional(),
  /** So many of them, without a `name`. */
  atLeast: z.int().min(2).max(20).optional(),
});

const containerAbsent = z.strictObject({ kind: z.literal('container-absent'), name: containerName });

const containerChanged = z.strictObject({
  kind: z.literal('container-changed'),
  name: containerName,
  path: absolutePath,
  change: z.enum(CHANGE_KINDS),
});

const containerConfig = z.strictObject({
  kind: z.literal('container-config'),
  name: containerName,
  env: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  user: z.string().optional(),
  workdir: z.string().optional(),
  /** The limit, such as `64 MB` of `-m 64m`: here 1 MB is 1,048,576 bytes, as for Docker's `m`. */
  memory: z
    .string()
    .regex(/^\d+\s?(?:kB|MB|GB)$/, 'must be a size such as 64 MB')
    .optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  network: objectName.optional(),
  /** What lies at a path: a volume's name, a folder of the machine, or `true` for anything. */
  mounts: z.record(z.string(), z.union([z.literal(true), text])).optional(),
  /** Port of the container to port of the machine: `80/tcp: 8080`. */
  ports: z.record(z.string(), port).optional(),
  readOnly: z.boolean().optional(),
  health: z.enum(['healthy', 'unhealthy', 'starting']).optional(),
});

const containerLogs = z.strictObject({
  kind: z.literal('container-logs'),
  name: containerName,
  contains: text.optional(),
  matches: pattern.optional(),
});

const volumeExists = z.strictObject({
  kind: z.literal('volume-exists'),
  name: objectName,
  present: z.boolean().default(true),
});

const networkExists = z.strictObject({
  kind: z.literal('network-exists'),
  name: objectName,
  present: z.boolean().default(true),
});

const http = z.strictObject({
  kind: z.literal('http'),
  /** Of the machine's loopback: a published one, or one that the learner serves. */
  port,
  path: z.string().startsWith('/').default('/'),
  status: z.int().min(100).max(599).default(200),
  contains: text.optional(),
  matches: pattern.optional(),
});

export const CONTAINER_CHECKS = [
  containerExists,
  containerAbsent,
  containerChanged,
  containerConfig,
  containerLogs,
  volumeExists,
  networkExists,
  http,
] as const;
