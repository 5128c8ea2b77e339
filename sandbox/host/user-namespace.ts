import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { SupervisorError } from './supervisor.ts';
import { Tail } from './tail.ts';
import { firstUid, RANGE_SIZE } from './uids.ts';

/** A user namespace in which nothing runs yet but the process that keeps it. */
export interface UserNamespace {
  /** Leads to it until it is closed. */
  readonly path: string;
  /** Ends what keeps it; it lives on as long as something else is in it. */
  close(): void;
}

/**
 * Makes a session's user namespace, owned by the first host uid of its range. What the kernel counts for a namespace's
 * owner – instances and watches of inotify, POSIX message queues, pending signals, namespaces – has a limit of its own
 * for each owner (user_namespaces(7), "Limits"): one made by root would share root's with all others and the host.
 */
export async function openUserNamespace(range: number): Promise<UserNamespace> {
  const uid = String(firstUid(range));
  const child = spawn(
    'setpriv',
    [
      ...['--reuid', uid, '--regid', uid, '--clear-groups'],
      // Hosts that keep user namespaces for root let this process make one all the same.
      ...['--inh-caps', '+sys_admin', '--ambient-caps', '+sys_admin'],
      ...['unshare', '--user', 'cat'],
    ],
    { stdio: 'pipe' },
  );
  const words = new Tail();
  words.follow(child.stderr);
  child.stdin.on('error', () => undefined);
  const close = (): void => void child.stdin.end();
  try {
    // What comes back was written by `cat`: by then the namespace is there.
    child.stdin.write('\n');
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'close').then(() => Promise.reject(new Error(words.text().trim()))),
    ]);
    for (const kind of ['uid', 'gid'])
      await writeFile(`/proc/${child.pid ?? 0}/${kind}_map`, `0 ${uid} ${RANGE_SIZE}\n`);
    return { path: `/proc/${child.pid ?? 0}/ns/user`, close };
  } catch (error) {
    close();
    const why = error instanceof Error ? error.message : String(error);
    throw new SupervisorError('failed', `The session's user namespace cannot be made: ${why}`);
  }
}
