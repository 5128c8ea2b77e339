import * as z from 'zod';
import { FOLDERS_MAX } from './protocol.ts';

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
export const Version = z.string().regex(/^(?:new|any|\d{1,20}-\d{1,16})$/);
