import { EngineError } from '../oci/errors.ts';
import type { Registry } from './registry.ts';

/** `--pid` and `--ipc`: `host`, or the path of another container's namespace; undefined for one of its own. */
export function joinedNamespace(registry: Registry, type: 'pid' | 'ipc', mode: string): string | undefined {
  if (mode === 'host') return 'host';
  if (!mode.startsWith('container:')) return undefined;
  const reference = mode.slice('container:'.length);
  const { record } = registry.get(reference);
  if (record.state.pid === 0) {
    throw new EngineError(
      'conflict',
      `cannot join ${type.toUpperCase()} of a non running container: ${record.id}`,
    );
  }
  return `/proc/${record.state.pid}/ns/${type}`;
}
