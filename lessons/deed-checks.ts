import * as z from 'zod';
import { pattern, text } from './check-values.ts';

/** Conditions on what was done in the machine, and what a command says there. */

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
  seconds: z.int().min(1).max(20).default(5),
  missing: text,
});

export const DEED_CHECKS = [buildCached, eventHappened, command] as const;
