import { createRequire } from 'node:module';

import type * as NodePty from 'node-pty';

/** A program in a terminal, as a person at the keyboard has it. */
export interface TerminalProgram {
  /** Waits until this has been printed since the last wait, and returns what was printed up to its end. */
  expect(text: string | RegExp, timeoutMs?: number): Promise<string>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves to the exit code. */
  readonly exited: Promise<number>;
  kill(): void;
}

export interface TerminalOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
}

const TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export function openTerminal({
  file,
  args,
  env,
  columns = 100,
  rows = 30,
}: TerminalOptions): TerminalProgram {
  const child = loadPty().spawn(file, [...args], {
    cols: columns,
    rows,
    name: 'xterm-256color',
    env: { ...env },
  });
  let printed = '';
  child.onData((data) => (printed += data));
  const exited = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
  const expect = async (text: string | RegExp, timeoutMs = TIMEOUT_MS): Promise<string> => {
    const end = Date.now() + timeoutMs;
    while (Date.now() < end) {
      const length = lengthThrough(printed, text);
      if (length !== undefined) {
        const found = printed.slice(0, length);
        printed = printed.slice(length);
        return found;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`The terminal never printed ${String(text)}. It printed:\n${printed}`);
  };
  return {
    expect,
    exited,
    type: (keys) => child.write(keys),
    resize: (newColumns, newRows) => child.resize(newColumns, newRows),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Length of `printed` up to the end of the first match. */
function lengthThrough(printed: string, text: string | RegExp): number | undefined {
  if (typeof text === 'string') {
    const at = printed.indexOf(text);
    return at === -1 ? undefined : at + text.length;
  }
  const match = text.exec(printed);
  return match === null ? undefined : match.index + match[0].length;
}

/** The addon of node-pty is built at its installation; where that failed, its fork carries a built one. */
export function loadPty(): typeof NodePty {
  const require = createRequire(import.meta.url);
  try {
    return require('node-pty') as typeof NodePty;
  } catch {
    return require('@lydell/node-pty') as typeof NodePty;
  }
}
