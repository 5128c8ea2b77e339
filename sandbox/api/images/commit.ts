import type { ImageEngine } from '../../image/engine.ts';
import { inherit } from '../../image/inherit.ts';
import { nameFor } from '../../image/tag.ts';
import type { ContainerConfig } from '../../oci/config.ts';
import { familiarReference, fullReference } from '../../oci/reference.ts';
import { readStructOrNone } from '../body.ts';
import { CONFIG } from '../json/requests.ts';
import { flag } from '../query.ts';
import { sendJson } from '../respond.ts';
import type { Call } from '../router.ts';
import type { CommitContainers } from './backend.ts';

/** `POST /commit`. The body, when there is one, is the configuration to use instead of the container's own. */
export const commit =
  (images: ImageEngine, containers: CommitContainers) =>
  async (call: Call): Promise<void> => {
    const { query } = call;
    const given = await readStructOrNone(call, CONFIG);
    const source = await containers.commitSource(query.get('container') ?? '');
    const base = Object.keys(given).length === 0 ? source.config : (given as ContainerConfig);
    const config = inherit(await changed(base, query.getAll('changes')), source.config);
    const comment = query.get('comment') ?? '';
    const repository = query.get('repo') ?? '';
    const reference = repository === '' ? undefined : nameFor(repository, query.get('tag') ?? '');
    const shown = reference ? familiarReference(reference) : '';
    const work = async () => {
      const made = await images.commit({
        snapshot: source.snapshot,
        containerId: source.id,
        parent: source.image,
        config,
        containerConfig: source.config,
        comment,
        author: query.get('author') ?? '',
        ...(reference && { reference: fullReference(reference) }),
      });
      containers.committed(source.id, { id: made, reference: shown, comment });
      return made;
    };
    const id = flag(query, 'pause', true) ? await containers.whilePaused(source.id, work) : await work();
    sendJson(call.response, 201, { Id: id });
  };

async function changed(config: ContainerConfig, changes: readonly string[]): Promise<ContainerConfig> {
  if (changes.length === 0) return config;
  const { applyChanges } = await import('../../image/changes.ts');
  return applyChanges(config, changes);
}
