import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from '../run.ts';

/** Ended processes leave their group only when the kernel has let go of them. */
const REMOVE_TIMEOUT_MS = 10_000;

/** All groups at and below `root`, the deepest first; none when it does not exist. */
export async function groupsBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries)
    if (entry.isDirectory()) found.push(...(await groupsBelow(join(root, entry.name))));
  if (entries.length > 0) found.push(root);
  return found;
}

/** Process ids in the groups at and below `root`. */
export async function processesBelow(root: string): Promise<number[]> {
  const pids: number[] = [];
  for (const group of await groupsBelow(root)) {
    const text = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
    pids.push(...text.split('\n').filter(Boolean).map(Number));
  }
  // 0 stands for a process outside of this pid namespace.
  return pids.filter((pid) => pid > 0);
}

/**
 * Kills again and again until nothing is left: a process may fork between two looks. `release` is called for each one
 * that was killed, where the kernel may hold it back from dying.
 */
export async function killBelow(
  root: string,
  release: (pid: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const deadline = performance.now() + REMOVE_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const pids = await processesBelow(root);
    if (pids.length === 0) return;
    for (const pid of pids) endProcess(pid);
    await Promise.all(pids.map(release));
    await sleep(5);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Time after which what is left in a group is no longer taken for processes that are about to be gone. */
const PATIENCE_MS = 64;

/** Removes the groups at and below `root`, waiting for processes that are about to be gone. Idempotent. */
export async function removeTree(root: string): Promise<void> {
  const deadline = performance.now() + REMOVE_TIMEOUT_MS;
  for (let wait = 1; ; wait = Math.min(wait * 2, 512)) {
    const failure = await removeOnce(root);
    if (failure === undefined) return;
    if (performance.now() > deadline)
      throw new Error(`The control group ${root} cannot be removed: ${failure}`);
    // Sub-groups are named by the session: names that are no text, nested deeper than a path is long.
    if (wait >= PATIENCE_MS) await attempt('find', [root, '-depth', '-type', 'd', '-delete']);
    await sleep(wait);
  }
}

async function removeOnce(root: string): Promise<string | undefined> {
  let failure: string | undefined;
  for (const group of await groupsBelow(root)) {
    await rmdir(group).catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') failure = message;
    });
  }
  return failure;
}

/** Writes a control file; the kernel's refusal becomes a sentence that names it. */
export async function setControl(file: string, value: string | number): Promise<void> {
  await writeFile(file, String(value)).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`The kernel refused ${value} for ${file}: ${code ?? message}`, { cause: error });
  });
}

/** A process in the middle of a call of the kernel's is stopped when that is over. */
const FREEZE_TIMEOUT_MS = 2000;

/** Writes `order` to a group's freezer until `state` says so; takes it back when that does not come to be. */
export async function freezeGroup(
  order: { readonly file: string; readonly frozen: string; readonly thawed: string },
  state: { readonly file: string; readonly frozen: RegExp },
): Promise<void> {
  const deadline = performance.now() + FREEZE_TIMEOUT_MS;
  for (;;) {
    await setControl(order.file, order.frozen);
    if (state.frozen.test(await readFile(state.file, 'utf8'))) return;
    if (performance.now() > deadline) break;
    await sleep(2);
  }
  await setControl(order.file, order.thawed);
  throw new Error('The processes of the session could not be held still for a moment.');
}

/** Names of the groups that hold all sessions of a supervisor (`hostLayout`). */
const OURS = /^slipway-[0-9a-f]{8}$/;

/** Removes those of our groups that hold nothing: they are what killed supervisors left that never came back. */
export async function removeEmpty(hierarchy: string): Promise<void> {
  const names = (await readdir(hierarchy).catch(() => [])).filter((name) => OURS.test(name));
  for (const name of names) await rmdir(join(hierarchy, name)).catch(() => undefined);
}

/** Makes a group and those above it; another supervisor's `removeEmpty` may take one away in between. */
export async function makeGroup(path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(path, { recursive: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw error;
    }
  }
}
