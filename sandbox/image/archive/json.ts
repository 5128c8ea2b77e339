import { EngineError } from '../../oci/errors.ts';

/** A JSON text of an archive. Throws `EngineError('invalid')` in the words of Go's encoding/json. */
export function parseJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new EngineError('invalid', wordsFor(text, cause), { cause });
  }
}

/** As `parseJson`, but for a file that is read as a stream: Go has other words for one that is cut. */
export function parseJsonStream(bytes: Buffer): unknown {
  if (bytes.toString('utf8').trim() === '') throw new EngineError('invalid', 'EOF');
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof EngineError && error.message === CUT)
      throw new EngineError('invalid', 'unexpected EOF');
    throw error;
  }
}

/** JSON as Go writes it, who makes HTML harmless. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As Go's errors call what a text holds. */
export function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

const CUT = 'unexpected end of JSON input';

/** What Node expected to find, and how Go calls the place. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/after property name/, 'after object key'],
  [/after property value/, 'after object key:value pair'],
  [/after array element/, 'after array element'],
  [/property name/, 'looking for beginning of object key string'],
  [/after JSON/, 'after top-level value'],
];

function wordsFor(text: string, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : '';
  const position = /position (\d+)/.exec(message)?.[1];
  const character = position === undefined ? /token '(.)'/su.exec(message)?.[1] : text[Number(position)];
  if (character === undefined || text.trim() === '') return CUT;
  const place = PLACES.find(([pattern]) => pattern.test(message))?.[1] ?? 'looking for beginning of value';
  return `invalid character '${character === '\x00' ? '\\x00' : character}' ${place}`;
}
