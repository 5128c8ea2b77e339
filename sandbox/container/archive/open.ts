import { emitContainer, type Context } from '../context.ts';
import { resolveUser } from '../users.ts';
import type { Archive } from './archive.ts';

/** `docker cp` for the containers of `context`. What reads and writes archives is loaded when it is first needed. */
export function openArchive(
  context: Pick<Context, 'registry' | 'snapshots' | 'volumes' | 'emit'>,
): Pick<Archive, 'stat' | 'read' | 'write'> {
  let loaded: Promise<Archive> | undefined;
  const archive = (): Promise<Archive> => (loaded ??= load(context));
  return {
    stat: async (...asked) => (await archive()).stat(...asked),
    read: async (...asked) => (await archive()).read(...asked),
    write: async (...asked) => (await archive()).write(...asked),
  };
}

async function load(context: Pick<Context, 'registry' | 'snapshots' | 'volumes' | 'emit'>): Promise<Archive> {
  const { Archive } = await import('./archive.ts');
  return new Archive({
    find: (reference) => context.registry.get(reference),
    snapshots: context.snapshots,
    volumes: context.volumes,
    userOf: async (root, wish) => resolveUser(root, wish),
    tell: (container, action) => emitContainer(context, container, action),
  });
}
