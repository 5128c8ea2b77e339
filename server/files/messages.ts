import * as z from 'zod';
import { Refusal } from '../refusal.ts';
import { FIND_MAX, FOLDERS_MAX } from './protocol.ts';

const PATH_MAX = 1024;

/** A path below the home: names and single slashes. The engine looks again. */
export const FilePath = z
  .string()
  .max(PATH_MAX)
  .refine((path) => path.split('/').every((name) => !['', '.', '..'].includes(name) && !name.includes('\0')));
export const FolderPath = z.union([z.literal(''), FilePath]);
export const WatchFolders = z.object({ folders: z.array(FolderPath).max(FOLDERS_MAX) });
export const OnePath = z.object({ path: FilePath });
export const Move = z.object({ from: FilePath, to: FilePath });
export const FindPaths = z.object({ paths: z.array(FilePath).max(FIND_MAX) });
export const Version = z.string().regex(/^(?:new|any|\d{1,20}-\d{1,16})$/);

/** What a page has sent, as `schema` takes it; throws a `Refusal` for anything else. */
export function parse<T>(
  schema: { safeParse(raw: unknown): { success: boolean; data?: T } },
  raw: unknown,
): T {
  const { success, data } = schema.safeParse(raw);
  if (!success || data === undefined) throw new Refusal('invalid', 'This is not a path below the home.');
  return data;
}
