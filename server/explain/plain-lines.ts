import { completeLength, withoutSequences } from '../terminals/escape.ts';

/** Code units of output that are looked at in one go: of a flood only its end. */
const RECENT_MAX = 8 * 1024;

/** Lines that are looked at in one go. */
const LINES_MAX = 20;

/** Code units of a line that are kept. */
const LINE_MAX = 1000;

/** Code units of an escape sequence that are waited for. */
const SEQUENCE_MAX = 1024;

/** Makes lines of plain text of a terminal's output, which comes in pieces cut anywhere. */
export class PlainLines {
  /** The beginning of an escape sequence. */
  #begun = '';
  /** The beginning of a line. */
  #line = '';

  /** The lines that `output` ends, the last ones of many. */
  push(output: string): string[] {
    const recent = this.#recent(this.#begun + output);
    const complete = completeLength(recent);
    this.#begun = recent.slice(complete);
    if (this.#begun.length > SEQUENCE_MAX) this.#begun = '';
    const lines = (this.#line + withoutSequences(recent.slice(0, complete))).split('\n');
    this.#line = cut(lines.pop() ?? '');
    return lines.slice(-LINES_MAX).map((line) => shown(line));
  }

  #recent(output: string): string {
    if (output.length <= RECENT_MAX) return output;
    this.#line = '';
    const end = output.slice(-RECENT_MAX);
    // The line that is cut through has no beginning any more.
    const next = end.indexOf('\n') + 1;
    return next === 0 ? '' : end.slice(next);
  }
}

/** A line that goes on: what a carriage return has put behind it is gone, unless it only ends the line. */
function cut(line: string): string {
  return line.slice(line.lastIndexOf('\r', line.length - 2) + 1).slice(0, LINE_MAX);
}

function shown(line: string): string {
  return cut(line.replace(/\r+$/, '')).replace(/[\x00-\x1f\x7f]/g, '');
}
