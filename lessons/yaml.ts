import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document, type ErrorCode } from 'yaml';
import * as z from 'zod';
import { didYouMean, type LessonProblem } from './problems.ts';

export interface YamlPlace {
  readonly file: string;
  /** The line of the file on which `text` begins, counted from 1. */
  readonly firstLine: number;
}

type Path = readonly PropertyKey[];

/** `text` as `schema` wants it, or what is wrong with it, each at its line. */
export function parseYaml<T>(
  text: string,
  schema: z.ZodType<T>,
  { file, firstLine }: YamlPlace,
): { value: T } | { problems: LessonProblem[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineAt = (position: number) => firstLine + counter.linePos(position).line - 1;
  if (document.errors.length > 0) {
    const found = document.errors.map((error) => ({
      line: lineAt(error.pos[0]),
      message: explainSyntax(error),
    }));
    // What follows from a mistake on the same line is no mistake of its own.
    const first = found.filter(
      ({ line }, index) => found.findIndex((other) => other.line === line) === index,
    );
    return { problems: first.map((problem) => ({ file, ...problem })) };
  }
  const data: unknown = document.toJS({ maxAliasCount: 0 });
  const parsed = schema.safeParse(data);
  if (parsed.success) return { value: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => explain(issue, schema, data, document));
  return { problems: problems.map(({ position, message }) => ({ file, line: lineAt(position), message })) };
}

/** What most often leads to each of these mistakes. */
const WAYS_OUT: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_SCALAR_START: 'Put the whole text in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a text with a colon and a blank in it in quotes, or look at the indentation.',
  MULTILINE_IMPLICIT_KEY: 'Is a colon missing, or a text begun on the line above not ended?',
  MISSING_CHAR: 'A quote or a bracket that was opened is not closed.',
  BAD_INDENT: 'All keys of one block begin in the same column.',
  TAB_AS_INDENT: 'Indent with blanks.',
  UNEXPECTED_TOKEN: 'Something follows where the value has ended: put the whole text in quotes.',
  DUPLICATE_KEY: 'Each key stands once: join the two.',
};

function explainSyntax({ code, message }: { readonly code: ErrorCode; readonly message: string }): string {
  const wayOut = WAYS_OUT[code];
  return `${message.replace(/[.:]?$/, '.')}${wayOut === undefined ? '' : ` ${wayOut}`}`;
}

interface Explained {
  readonly position: number;
  readonly message: string;
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, data: unknown, document: Document): Explained[] {
  const { path } = issue;
  const nearest = nearestOf(issue, schemaAt(schema, data, path), valueAt(data, path));
  if (nearest.length > 0) return nearest.flatMap((inner) => explain(inner, schema, data, document));
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemaAt(schema, data, path));
    return issue.keys.map((key) => ({
      position: keyPosition(document, path, key),
      message: `Unknown key \`${key}\`${inside(path)}.${didYouMean(key, known)}`,
    }));
  }
  const value = valueAt(data, path);
  const name = nameOf(path);
  const position = positionOf(document, path);
  if (value === undefined) return [{ position, message: `${name} is missing${inside(path.slice(0, -1))}.` }];
  const options = optionsOf(issue, schemaAt(schema, data, path.slice(0, -1)));
  if (options.length > 0) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const suggestion = didYouMean(text, options) || ` It can be ${options.join(', ')}.`;
    return [{ position, message: `\`${text}\` is no value for ${name}.${suggestion}` }];
  }
  return [{ position, message: `${name}: ${sayWrong(issue, value)}.` }];
}

/** What stands at `path`, such as `title`, or one of a list: `hints` 2. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (typeof last !== 'number') return `\`${String(last ?? 'the block')}\``;
  return `\`${path.findLast((part) => typeof part === 'string') ?? 'the list'}\` ${last + 1}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
  record: 'a block of keys',
};

/** In words of ours what the schema's program says in words of programs. */
function sayWrong(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type')
    return `must be ${TYPES[issue.expected] ?? issue.expected}, not ${value === null ? 'empty' : `\`${JSON.stringify(value)}\``}`;
  if (issue.code === 'too_small') {
    const least = String(issue.minimum);
    if (issue.origin === 'string')
      return least === '1' ? 'is empty' : `must have at least ${least} characters`;
    return issue.origin === 'array' ? `must have at least ${least} of them` : `must be at least ${least}`;
  }
  if (issue.code === 'too_big') {
    const most = String(issue.maximum);
    if (issue.origin === 'string') return `is too long: ${most} characters are the most`;
    return issue.origin === 'array' ? `has too many: ${most} are the most` : `must be at most ${most}`;
  }
  return issue.message;
}

function inside(path: Path): string {
  return path.length === 0
    ? ''
    : ` in ${path.map((part) => (typeof part === 'number' ? part + 1 : String(part))).join(' ')}`;
}

/** Of a union without a discriminator: what is wrong with the member that was meant. */
function nearestOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType | undefined,
  value: unknown,
): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [];
  const members = issue.errors.filter((errors) => errors.length > 0);
  // The member whose kind of value was given complains of something inside, or of its keys.
  const meant = members
    .map((errors) => ({ errors, strange: strangeness(errors, value) }))
    .sort((one, other) => one.strange - other.strange)[0];
  if (!meant || schema instanceof z.ZodDiscriminatedUnion) return [];
  return meant.errors.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** How far a value is from what a member of a union wants: another type is farthest, many wrong keys are far. */
function strangeness(errors: readonly z.core.$ZodIssue[], value: unknown): number {
  if (errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0)) return 1000;
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const unknown = errors.flatMap((error) => (error.code === 'unrecognized_keys' ? error.keys : []));
  return unknown.length * 10 + errors.length - (keys.length - unknown.length);
}

/** The values that would have done, when there are only so many. */
function optionsOf(issue: z.core.$ZodIssue, parent: z.ZodType | undefined): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'invalid_union' && parent instanceof z.ZodDiscriminatedUnion) {
    return parent.options.map((option) => discriminatorOf(option as z.ZodType)).filter((kind) => kind !== '');
  }
  return [];
}

function discriminatorOf(option: z.ZodType): string {
  if (!(option instanceof z.ZodObject)) return '';
  const kind: unknown = option.shape.kind;
  return kind instanceof z.ZodLiteral ? String(kind.value) : '';
}

/** The schema of what stands at `path`, through lists, optional values and the right member of a union. */
function schemaAt(schema: z.ZodType, data: unknown, path: Path): z.ZodType | undefined {
  let at: unknown = schema;
  let value = data;
  for (const part of path) {
    at = memberFor(unwrap(at), value);
    if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else if (at instanceof z.ZodObject) at = (at.shape as Record<PropertyKey, unknown>)[part];
    else return undefined;
    value = valueAt(value, [part]);
  }
  const found = unwrap(at);
  const member = memberFor(found, value) ?? found;
  return member instanceof z.ZodType ? member : undefined;
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodLazy) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

function memberFor(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodUnion && !(schema instanceof z.ZodDiscriminatedUnion)) {
    return schema.options.map(unwrap).find((option) => wouldTake(option, value)) ?? schema;
  }
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const kind = valueAt(value, ['kind']);
  return schema.options.find((option) => discriminatorOf(option as z.ZodType) === kind) ?? schema;
}

/** Whether a member of a union without a discriminator is meant by `value`: it has a key of it. */
function wouldTake(option: unknown, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !(option instanceof z.ZodObject);
  return option instanceof z.ZodObject && Object.keys(value).some((key) => key in option.shape);
}

function keysOf(schema: z.ZodType | undefined): string[] {
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => keysOf(unwrap(option) as z.ZodType));
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** Where the value at `path` begins, or the nearest thing around it that is there. */
function positionOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyPosition(document: Document, path: Path, key: string): number {
  const map: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(map)) return positionOf(document, path);
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : positionOf(document, path);
}
