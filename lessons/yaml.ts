import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
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
    return { problems: document.errors.map(({ message, pos }) => ({ file, line: lineAt(pos[0]), message })) };
  }
  const data: unknown = document.toJS({ maxAliasCount: 0 });
  const parsed = schema.safeParse(data);
  if (parsed.success) return { value: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => explain(issue, schema, data, document));
  return { problems: problems.map(({ position, message }) => ({ file, line: lineAt(position), message })) };
}

interface Explained {
  readonly position: number;
  readonly message: string;
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, data: unknown, document: Document): Explained[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemaAt(schema, data, path));
    return issue.keys.map((key) => ({
      position: keyPosition(document, path, key),
      message: `Unknown key \`${key}\`${inside(path)}.${didYouMean(key, known)}`,
    }));
  }
  const value = valueAt(data, path);
  const name = `\`${String(path.at(-1) ?? 'the block')}\``;
  const position = positionOf(document, path);
  if (value === undefined) return [{ position, message: `${name} is missing${inside(path.slice(0, -1))}.` }];
  const options = optionsOf(issue, schemaAt(schema, data, path.slice(0, -1)));
  if (options.length > 0) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const suggestion = didYouMean(text, options) || ` It can be ${options.join(', ')}.`;
    return [{ position, message: `\`${text}\` is no value for ${name}.${suggestion}` }];
  }
  return [{ position, message: `${name}: ${issue.message}.` }];
}

function inside(path: Path): string {
  return path.length === 0
    ? ''
    : ` in ${path.map((part) => (typeof part === 'number' ? part + 1 : String(part))).join(' ')}`;
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
  return schema;
}

function memberFor(schema: unknown, value: unknown): unknown {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const kind = valueAt(value, ['kind']);
  return schema.options.find((option) => discriminatorOf(option as z.ZodType) === kind) ?? schema;
}

function keysOf(schema: z.ZodType | undefined): string[] {
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
