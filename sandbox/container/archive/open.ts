import { emitContainer, type Context } from '../context.ts';
import { resolveUser } from '../users.ts';
import { Archive } from './archive.ts';

/** `docker cp` for the containers of `context`. */
export function openArchive(context: Pick<Context, 'registry' | 'snapshots' | 'emit'>): Archive {
  return new Archive({
    find: (reference) => context.registry.get(reference),
    snapshots: context.snapshots,
    userOf: resolveUser,
    tell: (container, action) => emitContainer(context, container, action),
  });
}
