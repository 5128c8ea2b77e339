/** Letters, tabs and ends of lines: they change no mode, ask nothing, and what has scrolled out of sight leaves no trace. */
const PLAIN = /^[\t\n\r\x20-\x7e\xa0-\uffff]*$/;

export const isPlain = (text: string): boolean => PLAIN.test(text);

/** Plain output that waits to be drawn. */
export class PlainOutput {
  #parts: string[] = [];
  #length = 0;

  /** Code units. */
  get length(): number {
    return this.#length;
  }

  push(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  /** Takes all of it out. */
  take(): string {
    const text = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    return text;
  }

  /** Forgets what stands before the last `lines` ends of lines. */
  keep(lines: number): void {
    const text = this.take();
    let from = text.length;
    for (let line = 0; line < lines && from !== -1; line += 1)
      from = from === 0 ? -1 : text.lastIndexOf('\r\n', from - 1);
    this.push(from === -1 ? text : text.slice(from));
  }
}
