import * as z from 'zod';

/**
 * The conditions that a task can have. Each is data: a kind and what it is about; `server/checks/` judges it over a view
 * of the machine that cannot change anything. A new kind is a schema here and a judge there.
 */

/** May have a variable in it, as everywhere in a lesson. */
export const imageReference = z
  .string()
  .regex(/^(?:[a-z0-9]|\{\{)[\w./:@{}-]*$/, 'must be the name of an image, such as debian or web:1')
  .describe('An image by name, such as `debian` or `web:1`.');
const objectName = z
  .string()
  .regex(/^(?:[a-zA-Z0-9]|\{\{)[\w.{}-]+$/, 'must be the name of a container, a volume or a network');
const containerName = objectName.describe('A container by name.');
const absolutePath = z.string().startsWith('/');
/** Below the learner's home. */
const homePath = z
  .string()
  .regex(/^~\/[^\0]*[^/\0]$/, 'must begin with ~/')
  .refine((path) => !path.split('/').includes('..'), 'must not lead upwards')
  .describe('A file of the learner, such as `~/web/Dockerfile`.');
/** `true`: any text will do. */
const anyOrText = z.union([z.literal(true), z.string().min(1)]);
const text = z.string().min(1);
const count = z.int().min(0);
const pattern = z
  .string()
  .min(1)
  .max(300)
  .refine(isPattern, 'is no regular expression')
  .describe('A regular expression, found anywhere; `^` and `$` are ends of lines.');
/** A number, or a variable that is one. */
const port = z.union([z.int().min(1).max(65_535), z.string().regex(/^\{\{[a-z][a-z0-9-]*\}\}$/)]);
const size = z
  .string()
  .regex(/^\d+(?:\.\d+)?\s?(?:B|kB|MB|GB)$/, 'must be a size such as 20 MB')
  .describe('As Docker prints it: 1 MB is 1,000,000 bytes.');
const repository = z.string().regex(/^(?:[a-z0-9]|\{\{)[\w./{}-]*$/, 'must be the name of a repository');
const seconds = z.int().min(1).max(20);

export const CONTAINER_STATES = ['created', 'running', 'paused', 'restarting', 'exited', 'dead'] as const;
export const CHANGE_KINDS = ['added', 'changed', 'deleted'] as const;
export const DOCKERFILE_RULES = [
  'multi-stage',
  'no-latest',
  'pinned-by-digest',
  'non-root',
  'exec-form',
  'apt-cleaned',
  'no-add',
  'no-secret',
  'dependencies-first',
  'has-dockerignore',
] as const;

const imageExists = z.strictObject({ kind: z.literal('image-exists'), image: imageReference });

const imageAbsent = z.strictObject({ kind: z.literal('image-absent'), image: imageReference });

const imageConfig = z.strictObject({
  kind: z.literal('image-config'),
  image: imageReference,
  cmd: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  /** Variables that must be there with this value. */
  env: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  workdir: z.string().optional(),
  user: z.string().optional(),
  /** Such as `8080/tcp`. */
  exposes: z.array(z.string()).optional(),
});

const imageHistory = z.strictObject({
  kind: z.literal('image-history'),
  image: imageReference,
  comment: anyOrText.optional(),
  author: anyOrText.optional(),
  /** Each must stand in the command of some step of the history. */
  contains: z.array(text).min(1).optional(),
});

const imageMadeFrom = z.strictObject({
  kind: z.literal('image-made-from'),
  image: imageReference,
  /** The image whose layers lie below. */
  parent: imageReference,
  /** Exactly this many layers on top. */
  addedLayers: count.optional(),
});

const imageLayers = z.strictObject({
  kind: z.literal('image-layers'),
  image: imageReference,
  count: count.optional(),
  min: count.optional(),
  max: count.optional(),
});

const imageSize = z.strictObject({
  kind: z.literal('image-size'),
  image: imageReference,
  under: size.optional(),
  over: size.optional(),
  /** Smaller than this image. */
  'smaller-than': imageReference.optional(),
});

const sharedLayers = z.strictObject({
  kind: z.literal('shared-layers'),
  image: imageReference,
  with: imageReference,
  min: count.default(1),
  max: count.optional(),
});

const sameImage = z.strictObject({
  kind: z.literal('same-image'),
  images: z.tuple([imageReference, imageReference]),
});

const danglingImages = z.strictObject({
  kind: z.literal('dangling-images'),
  count: count.optional(),
  min: count.optional(),
  max: count.optional(),
});

const builtFrom = z.strictObject({
  kind: z.literal('built-from'),
  image: imageReference,
  dockerfile: homePath,
});

const fileInImage = z.strictObject({
  kind: z.literal('file-in-image'),
  image: imageReference,
  path: absolutePath,
  /** `false`: there must be nothing at the path. */
  present: z.boolean().default(true),
  executable: z.boolean().optional(),
  contains: text.optional(),
  matches: pattern.optional(),
  mode: z
    .string()
    .regex(/^0?[0-7]{3,4}$/, 'must be octal, such as "755"')
    .optional(),
  /** Numbers, such as `0:0`, or a user's alone. */
  owner: z
    .string()
    .regex(/^\d+(?::\d+)?$/, 'must be numbers, such as "0:0"')
    .optional(),
  type: z.enum(['file', 'directory', 'symlink', 'other']).optional(),
});

const fileInLayer = z.strictObject({
  kind: z.literal('file-in-layer'),
  image: imageReference,
  path: absolutePath,
  /** Counted from the base, 0; from the top, -1. */
  layer: z.int().optional(),
  /** `true`: some layer still has it, but the image does not show it. */
  hidden: z.boolean().optional(),
  /** `false`: no layer, or not this one, may have it. */
  present: z.boolean().default(true),
});

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

const workspaceFile = z.strictObject({
  kind: z.literal('workspace-file'),
  path: homePath,
  present: z.boolean().default(true),
  contains: text.optional(),
  matches: pattern.optional(),
  /** Must not be found in it. */
  lacks: pattern.optional(),
});

const dockerfile = z.strictObject({
  kind: z.literal('dockerfile'),
  path: homePath,
  rules: z.array(z.enum(DOCKERFILE_RULES)).default([]),
  /** Each must stand in it as an instruction, such as `WORKDIR /app`; blanks and the letter case of its first word do not count. */
  has: z.array(text).default([]),
  /** Paths beside it that its `.dockerignore` must leave out. */
  ignores: z.array(text).default([]),
});

const registryTag = z.strictObject({
  kind: z.literal('registry-tag'),
  /** `hub`: the lab's, in a name of the learner; else one in the machine, such as `localhost:5000`. */
  registry: z
    .string()
    .regex(/^(?:hub|(?:localhost|127\.0\.0\.1):\d{1,5})$/, 'must be hub or localhost:PORT')
    .default('hub'),
  /** On the hub without the learner's name: `web` for `anna/web`. */
  repository,
  tag: z.string().min(1).optional(),
  present: z.boolean().default(true),
  /** The tag stands for what this image of the machine was pushed or pulled as. */
  'same-as': imageReference.optional(),
});

const signedTag = z.strictObject({
  kind: z.literal('signed-tag'),
  /** On the hub, without the learner's name: `will` for `anna/will`. */
  repository,
  tag: z.string().min(1).optional(),
  present: z.boolean().default(true),
  /** Somebody who may sign beside the owner, as `docker trust signer add` names them. */
  signer: text.optional(),
  /** Whether the tag on the hub stands for something else by now than what was signed. */
  moved: z.boolean().optional(),
});

const pushed = z.strictObject({
  kind: z.literal('pushed'),
  /** A part of the reference, such as `web:1`. */
  reference: text,
  /** Layers of its last push that travelled, and that did not have to. */
  sent: z.int().min(0).optional(),
  there: z.int().min(0).optional(),
  mounted: z.int().min(0).optional(),
});

const buildCached = z.strictObject({
  kind: z.literal('build-steps'),
  /** A tag of the build, such as `web:1`; the last build of it is meant. */
  tag: text,
  /** Parts of instructions that must have come from the cache, and that must not. */
  cached: z.array(text).default([]),
  made: z.array(text).default([]),
});

const eventHappened = z.strictObject({
  kind: z.literal('event-happened'),
  type: z.enum(['container', 'image', 'network', 'volume', 'builder']),
  /** Such as `start`, `die`, `commit`, `tag`, `pull`, `push`. */
  action: text,
  /** Attributes of the event that must be there with this value, such as `image` or `exitCode`. */
  attributes: z.record(z.string(), z.string()).default({}),
  /** `step`: since the task's step began; `start`: since the machine was started. */
  since: z.enum(['start', 'step']).default('start'),
  times: z.int().min(1).max(100).default(1),
  /** What to say while it has not happened. */
  missing: text,
});

const command = z.strictObject({
  kind: z.literal('command'),
  /** Shell lines, run in the machine as its user. They must change nothing: take another kind wherever there is one. */
  run: z.string().min(1).max(1000),
  exitCode: z.int().min(0).max(255).default(0),
  contains: text.optional(),
  matches: pattern.optional(),
  seconds: seconds.default(5),
  missing: text,
});

const SIMPLE = [
  imageExists,
  imageAbsent,
  imageConfig,
  imageHistory,
  imageMadeFrom,
  imageLayers,
  imageSize,
  sharedLayers,
  sameImage,
  danglingImages,
  builtFrom,
  fileInImage,
  fileInLayer,
  containerExists,
  containerAbsent,
  containerChanged,
  containerConfig,
  containerLogs,
  volumeExists,
  networkExists,
  http,
  workspaceFile,
  dockerfile,
  registryTag,
  signedTag,
  pushed,
  buildCached,
  eventHappened,
  command,
] as const;

type Simple = Readonly<z.infer<(typeof SIMPLE)[number]>>;
export interface AnyCheck {
  readonly kind: 'any';
  readonly checks: readonly Check[];
  readonly missing?: string | undefined;
}
export interface AllCheck {
  readonly kind: 'all';
  readonly checks: readonly Check[];
}
export interface NotCheck {
  readonly kind: 'not';
  readonly check: Check;
  readonly missing: string;
}
export type Check = Simple | AnyCheck | AllCheck | NotCheck;
export type CheckKind = Check['kind'];
export type CheckOf<K extends CheckKind> = Extract<Check, { kind: K }>;

const inner: z.ZodType<Check> = z.lazy(() => Check);

const any = z.strictObject({
  kind: z.literal('any'),
  checks: z.array(inner).min(2).max(8),
  /** What to say while none holds; without it, what the nearest says. */
  missing: text.optional(),
});

const all = z.strictObject({ kind: z.literal('all'), checks: z.array(inner).min(1).max(8) });

const not = z.strictObject({
  kind: z.literal('not'),
  check: inner,
  /** What to say while it holds. */
  missing: text,
});

export const Check: z.ZodType<Check> = z.discriminatedUnion('kind', [...SIMPLE, any, all, not]);

/** `check` and every one inside it. */
export function checksIn(check: Check): Check[] {
  if (check.kind === 'any' || check.kind === 'all') return [check, ...check.checks.flatMap(checksIn)];
  if (check.kind === 'not') return [check, ...checksIn(check.check)];
  return [check];
}

/** Bytes of `20 MB`, with 1000 or 1024 to the kilobyte. */
export function bytesOf(text: string, kilo: 1000 | 1024): number {
  const [, number = '0', unit = 'B'] = /^([\d.]+)\s?(\w+)$/.exec(text) ?? [];
  return Number(number) * kilo ** ['B', 'kB', 'MB', 'GB'].indexOf(unit);
}

/** Variables in it are replaced before it is used. */
function isPattern(source: string): boolean {
  try {
    return new RegExp(source.replace(/\{\{[a-z][a-z0-9-]*\}\}/g, 'x'), 'mu').source !== '';
  } catch {
    return false;
  }
}
