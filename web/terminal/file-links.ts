import type { IBufferCellPosition, ILink, ILinkProvider, Terminal } from '@xterm/xterm';
import { fromHome } from '../files/paths.ts';
import { pathsIn, promptFolder, type PathInText } from './paths.ts';

export interface FileLinksOptions {
  /** Resolves to those of the paths below the home that are files. */
  readonly existing: (paths: readonly string[]) => Promise<readonly string[]>;
  /** The line is counted from one. */
  readonly open: (path: string, line: number | undefined) => void;
}

/** Lines above the pointer that are looked through for the prompt. */
const PROMPT_LINES = 1000;
/** Rows of one long line of output that are looked at, in each direction. */
const ROWS_MAX = 10;

/** Makes links of printed paths, where there is such a file below the home: in the folder of the prompt above, or in the home itself. */
export class FileLinks implements ILinkProvider {
  readonly #terminal: Terminal;
  readonly #options: FileLinksOptions;

  constructor(terminal: Terminal, options: FileLinksOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  provideLinks(row: number, callback: (links: ILink[] | undefined) => void): void {
    const { text, cells, top } = this.#line(row - 1);
    const found = pathsIn(text);
    if (found.length === 0) {
      callback(undefined);
      return;
    }
    const folder = this.#folder(top);
    const wanted = found.map((path) => ({ ...path, candidates: candidates(path, folder) }));
    this.#options.existing([...new Set(wanted.flatMap((each) => each.candidates))]).then(
      (existing) =>
        callback(
          wanted.flatMap((each) => {
            const path = each.candidates.find((candidate) => existing.includes(candidate));
            return path === undefined ? [] : this.#link(text, cells, { ...each, path });
          }),
        ),
      // The machine cannot be asked now: no links.
      () => callback(undefined),
    );
  }

  #link(
    text: string,
    cells: readonly IBufferCellPosition[],
    { start, end, path, line }: PathInText,
  ): ILink[] {
    const [first, last] = [cells[start], cells[end - 1]];
    if (!first || !last) return [];
    return [
      {
        text: text.slice(start, end),
        range: { start: first, end: last },
        activate: () => this.#options.open(path, line),
      },
    ];
  }

  /** The line of output that a row of the screen is part of, and the cell of each of its characters. */
  #line(row: number): { text: string; cells: IBufferCellPosition[]; top: number } {
    const { active } = this.#terminal.buffer;
    let top = row;
    while (top > Math.max(0, row - ROWS_MAX) && active.getLine(top)?.isWrapped) top -= 1;
    let text = '';
    const cells: IBufferCellPosition[] = [];
    for (let y = top; y === top || (active.getLine(y)?.isWrapped && y <= row + ROWS_MAX); y += 1) {
      const line = active.getLine(y);
      for (let x = 0; x < (line?.length ?? 0); x += 1) {
        const cell = line?.getCell(x);
        if (cell?.getWidth() === 0) continue;
        const characters = cell?.getChars() ?? '';
        // An empty cell is a space.
        text += characters === '' ? ' ' : characters;
        while (cells.length < text.length) cells.push({ x: x + 1, y: y + 1 });
      }
    }
    return { text, cells, top };
  }

  /** Where the command was given whose output this is; the home where no prompt says. */
  #folder(row: number): string {
    const { active } = this.#terminal.buffer;
    for (let y = row; y >= Math.max(0, row - PROMPT_LINES); y -= 1) {
      const folder = promptFolder(active.getLine(y)?.translateToString(true) ?? '');
      if (folder !== null) return folder;
    }
    return '~';
  }
}

/** Below the home, most likely first. */
function candidates({ path }: PathInText, folder: string): string[] {
  const base = fromHome(folder);
  const all = [base === null ? null : fromHome(path, base), fromHome(path)];
  return [...new Set(all)].filter((each): each is string => each !== null && each !== '');
}
