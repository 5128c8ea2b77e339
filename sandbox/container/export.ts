import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { OwnerNames } from '../layer/pack.ts';
import { pack } from '../layer/pack.ts';
import { EngineError } from '../oci/errors.ts';
import type { Context } from './context.ts';
import { emitContainer } from './context.ts';

/**
 * `docker export`: calls `send` with all that the container's root holds, without its volumes, as one archive. A
 * container that runs goes on meanwhile. A chunk is good until the next one is asked for.
 */
export async function exportContainer(
  context: Pick<Context, 'registry' | 'snapshots' | 'emit'>,
  reference: string,
  send: (archive: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const container = context.registry.get(reference);
  const { id, state } = container.record;
  if (state.status === 'dead') {
    throw new EngineError('conflict', `You cannot export container ${id} which is Dead`);
  }
  if (state.status === 'removing') {
    throw new EngineError('conflict', `You cannot export container ${id} which is being removed`);
  }
  const root = await context.snapshots.mount(id);
  try {
    emitContainer(context, container, 'export');
    await send(pack(root, { live: true, names: ownerNames(root) }));
  } finally {
    await context.snapshots.unmount(id);
  }
}

/** As dockerd does it, names are those that the container's own files give to the numbers. */
function ownerNames(root: string): OwnerNames {
  return { users: namesIn(root, 'passwd'), groups: namesIn(root, 'group') };
}

/** Larger files are not what they say they are. */
const NAMES_LIMIT_BYTES = 1024 ** 2;

function namesIn(root: string, file: string): Map<number, string> {
  const names = new Map([[0, 'root']]);
  const folder = path.join(root, 'etc');
  // A link would lead out of the container.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return names;
  const stats = lstatSync(path.join(folder, file), { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size > NAMES_LIMIT_BYTES) return names;
  for (const line of readFileSync(path.join(folder, file), 'utf8').split('\n')) {
    const [name = '', , number = ''] = line.split(':');
    if (name !== '' && /^[1-9]\d*$/.test(number) && !names.has(Number(number)))
      names.set(Number(number), name);
  }
  return names;
}
