import { existsSync } from 'node:fs';
import path from 'node:path';

/** Of a record, see `record.ts`: the file without which it is none. */
export const HEADERS = 'headers';

export function hasRecord(record: string): boolean {
  return existsSync(path.join(record, HEADERS));
}
