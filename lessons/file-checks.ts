import * as z from 'zod';
import { homePath, pattern, text } from './check-values.ts';

/** Conditions on the learner's own files. */

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

export const FILE_CHECKS = [workspaceFile, dockerfile] as const;
