import * as z from 'zod';
import { didYouMean } from './problems.ts';

/**
 * `{{name}}` in a lesson stands for a value of the learner's own: chosen for each learner, or captured from the engine.
 * Only declared names are replaced, so that Go's templates (`{{.Id}}`, `{{json .}}`, `{{end}}`) stay what they are.
 */

const PLACEHOLDER = /\{\{([a-z][a-z0-9-]*)\}\}/g;
/** Words of Go's templates that stand alone in braces. */
const GO_WORDS = ['end', 'else', 'break', 'continue'];

export const variableName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case words joined by -')
  .refine((name) => !GO_WORDS.includes(name), 'is a word of Go’s templates: take another name');

const CONTAINER_VALUES = ['id', 'short-id', 'name', 'image-id', 'address'] as const;
const IMAGE_VALUES = ['id', 'short-id', 'digest', 'layers', 'bytes', 'top-layer'] as const;

const captureContainer = z.strictObject({
  kind: z.literal('container'),
  name: z.string().min(1).optional().describe('The container’s name; without it, the newest one is meant.'),
  image: z.string().min(1).optional().describe('Only containers made from this image.'),
  value: z.enum(CONTAINER_VALUES),
});

const captureImage = z.strictObject({
  kind: z.literal('image'),
  image: z.string().min(1),
  value: z.enum(IMAGE_VALUES).describe('`layers` is their number, `top-layer` the newest one’s diff id.'),
});

export const Capture = z.discriminatedUnion('kind', [captureContainer, captureImage]);
export type Capture = Readonly<z.infer<typeof Capture>>;

const label = z.string().trim().min(1).max(60).describe('What stands there until the value is known.');
const choose = z.strictObject({ choose: z.array(z.string().min(1).max(100)).min(2).max(50) });
const between = z.strictObject({ between: z.tuple([z.int(), z.int()]) });
const captured = z.strictObject({ capture: Capture, label });

/** One of a list, a whole number between two, both included, or something read off the engine. */
export const Variable = z.union([choose, between, captured]);
export type Variable = Readonly<z.infer<typeof Variable>>;

export const Variables = z.record(variableName, Variable);
export type Variables = Readonly<z.infer<typeof Variables>>;

/** `text` with every known value in its place. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (all, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? all) : all,
  );
}

/** All texts in `data`, however deep, with every known value in its place. */
export function substituteAll<T>(data: T, values: Readonly<Record<string, string>>): T {
  if (typeof data === 'string') return substitute(data, values) as T;
  if (Array.isArray(data)) return data.map((item: unknown) => substituteAll(item, values)) as T;
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]: [string, unknown]) => [
      substitute(key, values),
      substituteAll(value, values),
    ]),
  ) as T;
}

/** Names in double braces that `text` has, Go's own words left out. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)]
    .map(([, name = '']) => name)
    .filter((name) => !GO_WORDS.includes(name));
}

/** What is wrong with the placeholders of one line. */
export function strayPlaceholders(line: string, names: readonly string[]): string[] {
  return placeholdersIn(line)
    .filter((name) => !names.includes(name))
    .map(
      (name) => `There is no variable \`${name}\`: declare it in the front matter.${didYouMean(name, names)}`,
    );
}
