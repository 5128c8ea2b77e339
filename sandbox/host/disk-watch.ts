/** How often it is looked whether machines can still write, in milliseconds. */
const LOOK_EVERY_MS = 3000;

interface Watched {
  endOfDisk(): Promise<void>;
}

/**
 * Ends sessions whose file system has stopped to take writes, as it does when the host's disk is full below it: no session
 * comes back from that by itself, and a boot puts it in order. Returns the way to stop.
 */
export function watchDisks(sessions: () => Iterable<Watched>): () => void {
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    await Promise.allSettled([...sessions()].map((session) => session.endOfDisk()));
    looking = false;
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}
