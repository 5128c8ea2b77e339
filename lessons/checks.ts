import * as z from 'zod';

/**
 * The conditions that a task can have. Each is data: a kind and what it is about; `server/checks/` judges it over a view
 * of the engine that cannot change anything. A new kind is a schema here and a judge there.
 */

/** May have a variable in it, as everywhere in a lesson. */
export const imageReference = z
  .string()
  .regex(/^(?:[a-z0-9]|\{\{)[\w./:@{}-]*$/, 'must be the name of an image, such as debian or web:1')
  .describe('An image by name, such as `debian` or `web:1`.');
const containerName = z
  .string()
  .regex(/^(?:[a-zA-Z0-9]|\{\{)[\w.{}-]+$/, 'must be the name of a container')
  .describe('A container by name.');
const absolutePath = z.string().startsWith('/');
/** `true`: any text will do. */
const anyOrText = z.union([z.literal(true), z.string().min(1)]);

export const CONTAINER_STATES = ['created', 'running', 'paused', 'restarting', 'exited', 'dead'] as const;
export const CHANGE_KINDS = ['added', 'changed', 'deleted'] as const;

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
});

const imageMadeFrom = z.strictObject({
  kind: z.literal('image-made-from'),
  image: imageReference,
  /** The image whose layers lie below. */
  parent: imageReference,
  /** Exactly this many layers on top. */
  addedLayers: z.int().min(0).optional(),
});

const fileInImage = z.strictObject({
  kind: z.literal('file-in-image'),
  image: imageReference,
  path: absolutePath,
  /** `false`: there must be nothing at the path. */
  present: z.boolean().default(true),
  executable: z.boolean().optional(),
  contains: z.string().min(1).optional(),
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
  command: z.string().min(1).optional(),
  exitCode: z.int().min(0).max(255).optional(),
});

const containerAbsent = z.strictObject({ kind: z.literal('container-absent'), name: containerName });

const containerChanged = z.strictObject({
  kind: z.literal('container-changed'),
  name: containerName,
  path: absolutePath,
  change: z.enum(CHANGE_KINDS),
});

const eventHappened = z.strictObject({
  kind: z.literal('event-happened'),
  type: z.enum(['container', 'image', 'network', 'volume']),
  /** Such as `start`, `die`, `commit`, `tag`. */
  action: z.string().min(1),
  /** Attributes of the event that must be there with this value, such as `image` or `exitCode`. */
  attributes: z.record(z.string(), z.string()).default({}),
  /** What to say while it has not happened. */
  missing: z.string().min(1),
});

export const Check = z.discriminatedUnion('kind', [
  imageExists,
  imageAbsent,
  imageConfig,
  imageHistory,
  imageMadeFrom,
  fileInImage,
  containerExists,
  containerAbsent,
  containerChanged,
  eventHappened,
]);
export type Check = Readonly<z.infer<typeof Check>>;
export type CheckKind = Check['kind'];
export type CheckOf<K extends CheckKind> = Extract<Check, { kind: K }>;
