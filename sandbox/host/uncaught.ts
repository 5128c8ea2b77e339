/** So many in a minute, and it is taken for broken. */
const MOST_A_MINUTE = 10;
const MINUTE_MS = 60_000;

/** What is used of the process itself. */
export interface Program {
  on(event: 'uncaughtException', listener: (error: Error) => void): unknown;
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
}

export interface Outlive {
  readonly say: (sentence: string) => void;
  /** Ends the supervisor in order. */
  readonly end: () => void;
}

/**
 * Has the supervisor outlive errors that nobody caught (decision 65): its end would be that of every machine, and what it does for one
 * session is done apart from the others. One that goes on failing ends in order.
 */
export function outliveErrors(process: Program, { say, end }: Outlive): void {
  const times: number[] = [];
  const outlive = (error: unknown): void => {
    const now = performance.now();
    times.push(now);
    while (now - (times[0] ?? now) > MINUTE_MS) times.shift();
    if (times.length > MOST_A_MINUTE) return;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`Something failed in the supervisor that nobody waited for; it goes on. ${what}`);
    if (times.length < MOST_A_MINUTE) return;
    say('The supervisor has failed too often in a short time: it ends. Machines keep their disks.');
    end();
  };
  process.on('uncaughtException', outlive);
  process.on('unhandledRejection', outlive);
}

/** A terminal or a pipe that was closed takes no more words: that must not be an error of its own, told in words. */
export function outliveClosedOutput(...streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
