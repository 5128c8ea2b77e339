import * as z from 'zod';
import { imageReference } from './check-values.ts';

export const HOME = '/root';

/** Code units of a file that a lesson brings. */
export const LESSON_FILE_MAX = 256 * 1024;

/** A path in the learner's machine: absolute, or below the home folder with `~/`. */
export const machinePath = z
  .string()
  .regex(/^(?:\/|~\/)[^\0]*[^/\0]$/, 'must begin with / or ~/, and name a file')
  .refine((path) => !path.split('/').includes('..'), 'must not lead upwards')
  .transform(absolutePath);

/** `~/web/Dockerfile` → `/root/web/Dockerfile`. */
export function absolutePath(path: string): string {
  return path.startsWith('~/') ? `${HOME}${path.slice(1)}` : path;
}

const SetupFile = z.strictObject({
  path: machinePath,
  content: z.string().max(LESSON_FILE_MAX).optional(),
  from: z.string().min(1).optional().describe('A file in the lesson’s folder, in place of `content`.'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be octal, such as "755"')
    .default('644'),
});

/** What is there before the learner begins: in the front matter for the lesson, in a fenced block `setup` for a step. */
export const Setup = z.strictObject({
  pull: z.array(imageReference).max(8).default([]).describe('Images, fetched in this order.'),
  files: z.array(SetupFile).max(32).default([]).describe('Written after that; folders are made.'),
  run: z.string().trim().min(1).max(8000).optional().describe('Shell lines, run last; they must succeed.'),
});
export type Setup = Readonly<z.infer<typeof Setup>>;
