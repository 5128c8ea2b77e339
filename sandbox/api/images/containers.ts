import type { Containers } from '../../container/containers.ts';
import { emitContainer } from '../../container/context.ts';
import { EngineError } from '../../oci/errors.ts';
import type { CommitContainers } from './backend.ts';

/** What a commit needs, from the engine's containers. */
export const commitContainers = (containers: Containers): CommitContainers => ({
  commitSource: async (reference) => {
    const { id, record } = containers.get(reference);
    if (record.state.status === 'dead') {
      throw new EngineError('conflict', `You cannot commit container ${id} which is Dead`);
    }
    if (record.state.status === 'removing') {
      throw new EngineError('conflict', `You cannot commit container ${id} which is being removed`);
    }
    return { id, image: record.image, config: record.config, snapshot: id };
  },
  whilePaused: async (id, work) => {
    const { run, record } = containers.get(id);
    // Where processes cannot be held, the layer is still whole: it is digested from a copy.
    if (!run?.cgroup || record.state.status !== 'running') return work();
    await containers.pause(id);
    try {
      return await work();
    } finally {
      if (containers.get(id).record.state.status === 'paused') await containers.unpause(id);
    }
  },
  committed: (id, { id: imageID, reference: imageRef, comment }) => {
    const container = containers.get(id);
    emitContainer(containers.context, container, 'commit', { comment, imageID, imageRef });
  },
});
