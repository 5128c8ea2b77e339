/** What is used of the process itself. */
export interface Program {
  on(event: 'uncaughtException', listener: (error: Error) => void): unknown;
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
}

export interface Uncaught {
  readonly report: (message: string, error: unknown) => void;
  /** Ends the server in order: learners are told, what waits is written. */
  readonly close: () => Promise<void>;
  readonly exit: (code: number) => void;
}

/** How long an orderly end may take for a server of which nobody knows any more what works, in milliseconds. */
const CLOSE_MAX_MS = 4000;

/**
 * What to do about errors that nobody caught (decision 65). A promise that failed has ended its own work and nothing else:
 * the server goes on. An exception may have left anything half done: the server ends in order, and is started anew by
 * the process above it, while machines go on.
 */
export function endOnUncaught(process: Program, { report, close, exit }: Uncaught): void {
  process.on('unhandledRejection', (reason: unknown) => {
    report('Something failed that nobody waited for.', reason);
  });
  let ending = false;
  process.on('uncaughtException', (error: unknown) => {
    report('An error was caught by nobody: the server ends, and is started anew.', error);
    if (ending) return;
    ending = true;
    const end = (): void => exit(1);
    setTimeout(end, CLOSE_MAX_MS).unref();
    close().then(end, end);
  });
}
