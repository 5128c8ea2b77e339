import { open, readFile, rename } from 'node:fs/promises';
import * as z from 'zod';

const endSchema = z.object({
  kind: z.enum(['stopped', 'memory', 'disk', 'engine-exit', 'boot', 'restart']),
  message: z.string(),
});

export const limitsSchema = z.object({
  memoryBytes: z.number().int().positive(),
  processes: z.number().int().positive(),
  cpus: z.number().positive(),
  diskBytes: z.number().int().positive(),
});

const snapshotSchema = z.object({
  id: z.string().regex(/^[a-z0-9]{8}$/),
  takenAt: z.iso.datetime(),
  bytes: z.number().int().nonnegative(),
});

export const mountSchema = z.object({ source: z.string(), target: z.string(), readOnly: z.boolean() });

const recordSchema = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9]{16}$/),
  range: z.number().int().nonnegative(),
  limits: limitsSchema,
  mounts: z.array(mountSchema),
  createdAt: z.iso.datetime(),
  /** The root file system below the session's own changes; kept, since changes belong to what they change. */
  workbench: z.string(),
  /** `creating` and `destroying` are what a supervisor that was killed left half done; the next one removes it. */
  state: z.enum(['creating', 'running', 'stopped', 'failed', 'resetting', 'destroying']),
  end: endSchema.optional(),
  /** Of disks of this workbench, oldest first; a file in `snapshots/` that is not listed here is none. */
  snapshots: z.array(snapshotSchema).default([]),
});

/** What is known of a session when nothing of it runs: `session.json` in its folder. */
export type SessionRecord = z.infer<typeof recordSchema>;

/** States in which nobody would miss the session if its record were not there. */
const PASSING: readonly SessionRecord['state'][] = ['creating', 'destroying'];

/** Leaves the old record or the new one, also when the power goes: a session without a record is removed. */
export async function writeRecord(path: string, record: SessionRecord): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    if (!PASSING.includes(record.state)) await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Undefined when there is none or it cannot be understood. */
export async function readRecord(path: string): Promise<SessionRecord | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
