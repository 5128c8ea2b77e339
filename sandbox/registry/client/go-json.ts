const LITERALS = ['null', 'true', 'false'] as const;

/** What Go's `encoding/json` says of a text that is no JSON, as far as one meets it: other pages than were expected. */
export function jsonErrorOf(text: string): string {
  const start = text.trimStart();
  const first = start[0];
  if (first === undefined) return 'unexpected end of JSON input';
  const literal = LITERALS.find((each) => each.startsWith(first));
  if (literal !== undefined) return literalErrorOf(start, literal);
  if (!'{["-0123456789'.includes(first))
    return `invalid character ${quoted(first)} looking for beginning of value`;
  const after = valueBefore(start);
  if (after !== undefined) return `invalid character ${quoted(after)} after top-level value`;
  return 'unexpected end of JSON input';
}

function literalErrorOf(text: string, literal: string): string {
  for (const [i, expected] of Array.from(literal).entries()) {
    const found = text[i];
    if (found === undefined) return 'unexpected end of JSON input';
    if (found !== expected) {
      return `invalid character ${quoted(found)} in literal ${literal} (expecting ${quoted(expected)})`;
    }
  }
  const rest = text.slice(literal.length).trimStart()[0];
  return rest === undefined
    ? 'unexpected end of JSON input'
    : `invalid character ${quoted(rest)} after top-level value`;
}

/** The character that follows the first value; undefined when there is no whole value. */
function valueBefore(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    const at = /after JSON at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    if (at !== undefined) return text[Number(at)];
  }
  return undefined;
}

function quoted(character: string): string {
  return character === "'" ? "'\\''" : `'${character}'`;
}
