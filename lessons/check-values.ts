import * as z from 'zod';

/** What the parameters of conditions are made of. */

/** May have a variable in it, as everywhere in a lesson. */
export const imageReference = z
  .string()
  .regex(/^(?:[a-z0-9]|\{\{)[\w./:@{}-]*$/, 'must be the name of an image, such as debian or web:1')
  .describe('An image by name, such as `debian` or `web:1`.');
export const objectName = z
  .string()
  .regex(/^(?:[a-zA-Z0-9]|\{\{)[\w.{}-]+$/, 'must be the name of a container, a volume or a network');
export const containerName = objectName.describe('A container by name.');
export const absolutePath = z.string().startsWith('/');
/** Below the learner's home. */
export const homePath = z
  .string()
  .regex(/^~\/[^\0]*[^/\0]$/, 'must begin with ~/')
  .refine((path) => !path.split('/').includes('..'), 'must not lead upwards')
  .describe('A file of the learner, such as `~/web/Dockerfile`.');
/** `true`: any text will do. */
export const anyOrText = z.union([z.literal(true), z.string().min(1)]);
export const text = z.string().min(1);
export const count = z.int().min(0);
export const pattern = z
  .string()
  .min(1)
  .max(300)
  .refine(isPattern, 'is no regular expression')
  .describe('A regular expression, found anywhere; `^` and `$` are ends of lines.');
/** A number, or a variable that is one. */
export const port = z.union([z.int().min(1).max(65_535), z.string().regex(/^\{\{[a-z][a-z0-9-]*\}\}$/)]);
export const size = z
  .string()
  .regex(/^\d+(?:\.\d+)?\s?(?:B|kB|MB|GB)$/, 'must be a size such as 20 MB')
  .describe('As Docker prints it: 1 MB is 1,000,000 bytes.');
export const repository = z
  .string()
  .regex(/^(?:[a-z0-9]|\{\{)[\w./{}-]*$/, 'must be the name of a repository');

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
