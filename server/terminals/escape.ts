/**
 * Where terminal output may be cut: an escape sequence that has begun and not ended belongs to what follows.
 * The grammar is the one of xterm's parser (ECMA-48, with strings ended by BEL or ST); C0 controls inside a sequence
 * are carried out and do not end it, CAN and SUB abort it.
 */

const BEGIN = /[\x1b\x9b\x9d\x90\x98\x9e\x9f]/g;

const C0 = '\\x00-\\x17\\x19\\x1c-\\x1f';
const CONTROL = `(?:\\x1b\\[|\\x9b)[${C0}\\x20-\\x3f]*`;
const COMMAND = `(?:\\x1b\\]|\\x9d)[^\\x07\\x1b\\x9c\\x18\\x1a]*`;
const STRING = `(?:\\x1b[PX^_]|[\\x90\\x98\\x9e\\x9f])[^\\x1b\\x9c\\x18\\x1a]*`;
const ESCAPE = `\\x1b[${C0}\\x20-\\x2f]*`;
const END = `(?:[\\x9c\\x18\\x1a]|\\x1b\\\\|(?=\\x1b[^\\\\]))`;

const WHOLE = new RegExp(
  `${CONTROL}[\\x40-\\x7e\\x18\\x1a]|${COMMAND}(?:\\x07|${END})|${STRING}${END}|${ESCAPE}(?![\\[\\]PX^_])[\\x30-\\x7e\\x18\\x1a]`,
  'y',
);
const EVERY_WHOLE = new RegExp(WHOLE.source, 'g');
const BEGUN = new RegExp(`(?:${CONTROL}|(?:${COMMAND}|${STRING})\\x1b?|${ESCAPE})$`, 'y');

/** The length of the part of `text` that ends outside of any escape sequence. */
export function completeLength(text: string): number {
  let from = 0;
  for (;;) {
    BEGIN.lastIndex = from;
    const begin = BEGIN.exec(text)?.index;
    if (begin === undefined) return text.length;
    WHOLE.lastIndex = begin;
    if (WHOLE.test(text)) {
      from = Math.max(WHOLE.lastIndex, begin + 1);
      continue;
    }
    BEGUN.lastIndex = begin;
    if (BEGUN.test(text)) return begin;
    from = begin + 1;
  }
}

/** `text`, which ends outside of any escape sequence, without those that are in it. */
export function withoutSequences(text: string): string {
  return text.replace(EVERY_WHOLE, '');
}
