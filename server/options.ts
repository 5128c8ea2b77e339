import * as z from 'zod';
import { LOG_FORMATS, LOG_LEVELS } from './operations/log.ts';

/**
 * What the web server is told by whoever starts it, as JSON in its first argument. It reads nothing of the environment.
 */
export const ServerOptions = z.strictObject({
  host: z.string().default('localhost'),
  /** 0 takes any free port. */
  port: z.int().min(0).max(65_535).default(3000),
  /** The server's own folder, writable for it: records of sessions. */
  stateDir: z.string(),
  /** The built page: `index.html` and `assets/`. */
  webDir: z.string(),
  lessonsDir: z.string(),
  /** For whoever writes lessons: the page tells what keeps one from being read. */
  authoring: z.boolean().default(false),
  /** Names the page may be reached under, beside `localhost` and plain addresses; `*.example.org` for a whole domain. */
  allowedHosts: z.array(z.string()).default([]),
  /** A domain whose every name leads here: ports of machines are shown below it. Pages at localhost need none. */
  previewDomain: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .exactOptional(),
  /** Proxies in front of the server whose `X-Forwarded-…` headers count. */
  trustedProxies: z.int().min(0).default(0),
  sessionMinutes: z.number().positive().default(240),
  /** How long a session can be kept by extending it. */
  longestMinutes: z.number().positive().default(1440),
  /** How long a session runs that no page shows. */
  idleMinutes: z.number().positive().default(30),
  /** Running sessions one learner may have at a time. */
  sessionsPerLearner: z.int().positive().default(3),
  /** Learners who may wait while the host is full; 0: nobody waits. */
  queuePlaces: z.int().min(0).default(200),
  /** How what happens is told on standard output, and how much of it. */
  log: z
    .strictObject({
      format: z.enum(LOG_FORMATS).default('text'),
      level: z.enum(LOG_LEVELS).default('info'),
    })
    .prefault({}),
  /** Limits for new sessions; the supervisor's own where not given. */
  limits: z
    .strictObject({
      memoryBytes: z.int().positive().exactOptional(),
      processes: z.int().positive().exactOptional(),
      cpus: z.number().positive().exactOptional(),
      diskBytes: z.int().positive().exactOptional(),
    })
    .default({}),
  /** What machines may reach outside (see sandbox/egress/rules.ts), and how much of it, in bytes. */
  egress: z
    .strictObject({
      places: z.array(z.string()).default([]),
      bytesPerMachine: z
        .int()
        .positive()
        .default(2 * 1024 ** 3),
      bytesPerSecond: z.int().positive().exactOptional(),
    })
    .prefault({}),
  /** SHA-256 of the admin token, hex; without it there is no admin page. */
  adminTokenHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
  /** The lab's own registry. */
  hub: z
    .strictObject({
      /** Its folder, writable for the server; one in `stateDir` where not given. */
      folder: z.string().exactOptional(),
      /** The official images, an OCI image layout. */
      catalog: z.string().exactOptional(),
      /** Bytes that each name may keep. */
      quotaBytes: z
        .int()
        .positive()
        .default(1024 ** 3),
      /** A registry that unknown images are fetched from. */
      upstream: z.url().exactOptional(),
      /** Bytes of such images that are kept. */
      cacheBytes: z
        .int()
        .positive()
        .default(10 * 1024 ** 3),
    })
    .prefault({}),
  /** Signed images. */
  trust: z
    .strictObject({
      /** Writable for the server; one in `stateDir` where not given. */
      folder: z.string().exactOptional(),
      /** Notary and its database, as unpacked packages; without them nothing is signed. */
      tools: z.string().exactOptional(),
    })
    .prefault({}),
});

export type ServerOptions = z.infer<typeof ServerOptions>;

/** Sent to the parent process, beside the supervisor's own messages, once the server answers. */
export interface ListeningMessage {
  readonly type: 'slipway-listening';
  readonly url: string;
}

/** Sent before the process ends with code 1 when it could not start; `code` as in Node's system errors. */
export interface StartFailedMessage {
  readonly type: 'slipway-start-failed';
  readonly message: string;
  readonly code?: string;
}
