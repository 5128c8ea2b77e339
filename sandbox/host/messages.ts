import * as z from 'zod';
import { limitsSchema, mountSchema } from './record.ts';
import type { HostRoom, SessionEvent, SessionInfo, SupervisorErrorKind } from './supervisor.ts';

/** Messages between the supervisor and its client. Each side reads only what fits these; the rest is dropped. */

const id = z.string().max(64);
const partialLimits = z.strictObject({
  memoryBytes: z.number().optional(),
  processes: z.number().optional(),
  cpus: z.number().optional(),
  diskBytes: z.number().optional(),
});

export const callSchema = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('create'),
    options: z.strictObject({
      limits: partialLimits.optional(),
      mounts: z.array(mountSchema).max(64).optional(),
    }),
  }),
  z.strictObject({ method: z.enum(['list', 'room']) }),
  z.strictObject({ method: z.enum(['get', 'stop', 'resume', 'reset', 'snapshot', 'destroy']), id }),
  z.strictObject({ method: z.literal('restore'), id, snapshot: id }),
]);

export type Call = z.infer<typeof callSchema>;

/** From the client. `number` is chosen by it, and comes back with the answer. */
export const requestSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), number: z.number().int().nonnegative(), call: callSchema }),
  z.strictObject({ type: z.literal('watch'), on: z.boolean() }),
]);

export type Request = z.infer<typeof requestSchema>;

const infoSchema = z.object({
  id,
  state: z.enum(['starting', 'running', 'stopping', 'stopped', 'failed']),
  limits: limitsSchema,
  createdAt: z.string(),
  engineSocket: z.string(),
  snapshots: z.array(z.object({ id, takenAt: z.string(), bytes: z.number() })),
  end: z
    .object({
      kind: z.enum(['stopped', 'memory', 'disk', 'engine-exit', 'boot', 'restart']),
      message: z.string(),
    })
    .optional(),
}) satisfies z.ZodType;

const roomSchema = z.object({ memoryBytes: z.number(), diskBytes: z.number() }) satisfies z.ZodType<HostRoom>;

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), session: infoSchema }),
  z.object({ type: z.literal('memory-kill'), id, message: z.string() }),
  z.object({ type: z.literal('destroyed'), id }),
]);

const kindSchema = z.enum([
  'not-found',
  'invalid',
  'conflict',
  'full',
  'failed',
]) satisfies z.ZodType<SupervisorErrorKind>;

/** From the supervisor. */
export const replySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('result'),
    number: z.number(),
    result: z.union([infoSchema, z.array(infoSchema), roomSchema]).optional(),
  }),
  z.object({ type: z.literal('error'), number: z.number(), kind: kindSchema, message: z.string() }),
  z.object({ type: z.literal('event'), event: eventSchema }),
]);

/** What a call comes back with. */
export type Result = SessionInfo | SessionInfo[] | HostRoom;

export type Reply =
  | { readonly type: 'result'; readonly number: number; readonly result?: Result }
  | {
      readonly type: 'error';
      readonly number: number;
      readonly kind: SupervisorErrorKind;
      readonly message: string;
    }
  | { readonly type: 'event'; readonly event: SessionEvent };

/** Messages of Slipway's other parts may share the channel: ours carry this name. */
export const envelopeSchema = z.object({ slipwaySupervisor: z.unknown() });
export const envelope = (message: Request | Reply): { slipwaySupervisor: unknown } => ({
  slipwaySupervisor: message,
});
