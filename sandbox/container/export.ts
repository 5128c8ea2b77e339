import { readFileSync } from 'node:fs';
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
    await send(pack(root, { live: true, names: ownerNames() }));
  } finally {
    await context.snapshots.unmount(id);
  }
}

/** As dockerd does it, names are those that this machine has for the numbers. */
function ownerNames(): OwnerNames {
  return { users: namesIn('/etc/passwd'), groups: namesIn('/etc/group') };
}

function namesIn(file: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of readFileSync(file, { encoding: 'utf8' }).split('\n')) {
    const [name = '', , number = ''] = line.split(':');
    if (name !== '' && /^\d+$/.test(number) && !names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}
