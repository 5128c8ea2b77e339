import { EngineError } from '../oci/errors.ts';

/** A mistake in a Dockerfile; the only error that reading one throws. Status 400. */
export class DockerfileError extends EngineError {
  /** 1-based; undefined when the mistake is no line's own, or in a text that is no file. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super('invalid', message);
    this.line = line;
  }
}

/** `text` between double quotes as Go's `%q` writes it. */
export function quoted(text: string): string {
  const inner = text.replaceAll(/["\\\p{C}\u2028\u2029]/gu, (character) => {
    const short = SHORT[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${inner}"`;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
