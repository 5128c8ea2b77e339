import * as z from 'zod';
import { text } from './check-values.ts';
import { CONTAINER_CHECKS } from './container-checks.ts';
import { DEED_CHECKS } from './deed-checks.ts';
import { FILE_CHECKS } from './file-checks.ts';
import { IMAGE_CHECKS } from './image-checks.ts';
import { REGISTRY_CHECKS } from './registry-checks.ts';

/**
 * The conditions that a task can have. Each is data: a kind and what it is about; `server/checks/` judges it over a view
 * of the machine that cannot change anything. A new kind is a schema in the file of what it is about and a judge there.
 */
const SIMPLE = [
  ...IMAGE_CHECKS,
  ...CONTAINER_CHECKS,
  ...FILE_CHECKS,
  ...REGISTRY_CHECKS,
  ...DEED_CHECKS,
] as const;

type Simple = Readonly<z.infer<(typeof SIMPLE)[number]>>;
export interface AnyCheck {
  readonly kind: 'any';
  readonly checks: readonly Check[];
  readonly missing?: string | undefined;
}
export interface AllCheck {
  readonly kind: 'all';
  readonly checks: readonly Check[];
}
export interface NotCheck {
  readonly kind: 'not';
  readonly check: Check;
  readonly missing: string;
}
export type Check = Simple | AnyCheck | AllCheck | NotCheck;
export type CheckKind = Check['kind'];
export type CheckOf<K extends CheckKind> = Extract<Check, { kind: K }>;

const inner: z.ZodType<Check> = z.lazy(() => Check);

const any = z.strictObject({
  kind: z.literal('any'),
  checks: z.array(inner).min(2).max(8),
  /** What to say while none holds; without it, what the nearest says. */
  missing: text.optional(),
});

const all = z.strictObject({ kind: z.literal('all'), checks: z.array(inner).min(1).max(8) });

const not = z.strictObject({
  kind: z.literal('not'),
  check: inner,
  /** What to say while it holds. */
  missing: text,
});

export const Check: z.ZodType<Check> = z.discriminatedUnion('kind', [...SIMPLE, any, all, not]);

/** `check` and every one inside it. */
export function checksIn(check: Check): Check[] {
  if (check.kind === 'any' || check.kind === 'all') return [check, ...check.checks.flatMap(checksIn)];
  if (check.kind === 'not') return [check, ...checksIn(check.check)];
  return [check];
}
