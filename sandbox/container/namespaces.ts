import { EngineError } from '../oci/errors.ts';
import type { HostConfig } from './model.ts';
import type { Registry } from './registry.ts';

/** `--pid` and `--ipc`: `host`, or the path of another container's namespace; undefined for one of its own. */
export function joinedNamespace(registry: Registry, type: 'pid' | 'ipc', mode: string): string | undefined {
  if (mode === 'host') return 'host';
  if (!mode.startsWith('container:')) return undefined;
  const reference = mode.slice('container:'.length);
  const { record } = registry.get(reference);
  const prefix = type === 'ipc' ? `can't join IPC of container ${record.id}: ` : '';
  if (record.state.pid === 0) {
    throw new EngineError('conflict', `${prefix}container ${record.id} is not running`);
  }
  if (type === 'ipc' && record.hostConfig.IpcMode !== 'shareable') {
    const hint = 'non-shareable IPC (hint: use IpcMode:shareable for the donor container)';
    throw new EngineError('internal', prefix + hint);
  }
  return `/proc/${record.state.pid}/ns/${type}`;
}

type Joined = Pick<HostConfig, 'PidMode' | 'IpcMode' | 'NetworkMode'>;

/**
 * Whoever shares what another container has keeps it when that one gets another name: its id stands in the name's place.
 * What is not there is left as it was, to be refused where it is looked for.
 */
export function joinedById(
  registry: { find(reference: string): { readonly id: string } | undefined },
  { PidMode, IpcMode, NetworkMode }: Joined,
): Joined {
  const byId = (mode: string): string => {
    const reference = /^container:(.+)$/.exec(mode)?.[1];
    const found = reference === undefined ? undefined : registry.find(reference);
    return found ? `container:${found.id}` : mode;
  };
  return { PidMode: byId(PidMode), IpcMode: byId(IpcMode), NetworkMode: byId(NetworkMode) };
}
