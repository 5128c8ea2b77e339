import { inNamespaces, runInNamespaces } from '../sandbox/host/namespaces.ts';

/**
 * Runs `work` in mount and process namespaces of its own: at once when this process is in such, else in a copy of it,
 * whose exit status becomes this one's.
 */
export async function inOwnNamespaces(work: () => Promise<void>): Promise<void> {
  if (inNamespaces()) {
    await work();
    return;
  }
  process.exitCode = await runInNamespaces({
    command: process.execPath,
    args: [...process.execArgv, ...process.argv.slice(1)],
    environment: process.env,
  });
}

/** Resolves at the first signal to stop, and aborts what is being waited for; a second one ends the program at once. */
export function untilStopped(interrupted: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

/** `say`, or the same for programs: an event of the log, as the web server writes them. */
export function speakAs(format: 'text' | 'json'): (sentence: string) => void {
  if (format === 'text') return say;
  return (message) =>
    say(JSON.stringify({ time: new Date().toISOString(), level: 'info', event: 'host', message }));
}

/** One line for the person at the terminal. */
export function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
