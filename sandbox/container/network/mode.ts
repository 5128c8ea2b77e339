import { EngineError } from '../../oci/errors.ts';
import type { ContainerRecord } from '../model.ts';
import { DEFAULT_BRIDGE } from './model.ts';

/** What `docker run --network` says. */
export type NetworkMode =
  | { readonly kind: 'host' }
  | { readonly kind: 'none' }
  | { readonly kind: 'container'; readonly reference: string }
  | { readonly kind: 'network'; readonly name: string };

export function modeOf(text: string): NetworkMode {
  if (text === 'host' || text === 'none') return { kind: text };
  if (text.startsWith('container:')) return { kind: 'container', reference: text.slice('container:'.length) };
  return { kind: 'network', name: text === '' || text === 'default' ? DEFAULT_BRIDGE : text };
}

/** The name under which the mode stands in `NetworkSettings.Networks`; undefined for another container's. */
export function networkNameOf(mode: NetworkMode): string | undefined {
  if (mode.kind === 'container') return undefined;
  return mode.kind === 'network' ? mode.name : mode.kind;
}

/** Refuses options that contradict each other, in dockerd's words. */
export function refuseConflicts(record: ContainerRecord): void {
  const mode = modeOf(record.hostConfig.NetworkMode);
  const found = conflictOf(record, mode);
  if (found !== undefined) throw new EngineError('invalid', found);
  const mac = record.config.MacAddress ?? '';
  if (mac !== '' && !MAC_ADDRESS.test(mac)) throw new EngineError('invalid', `invalid MAC address: ${mac}`);
}

const MAC_ADDRESS = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

function conflictOf(record: ContainerRecord, mode: NetworkMode): string | undefined {
  const { config, hostConfig } = record;
  const hasLinks = (hostConfig.Links ?? []).length > 0;
  if (mode.kind === 'host' && hasLinks) {
    return "conflicting options: host type networking can't be used with links. This would result in undefined behavior";
  }
  if ((mode.kind === 'host' || mode.kind === 'container') && (config.MacAddress ?? '') !== '') {
    return 'conflicting options: mac-address and the network mode';
  }
  if (mode.kind !== 'container') return undefined;
  if (mode.reference === '') return 'Invalid network mode: invalid container format container:<name|id>';
  if (config.Hostname !== '' && config.Hostname !== record.id.slice(0, 12)) {
    return 'conflicting options: hostname and the network mode';
  }
  if (hasLinks) {
    return "conflicting options: container type network can't be used with links. This would result in undefined behavior";
  }
  if ((hostConfig.Dns ?? []).length > 0) return 'conflicting options: dns and the network mode';
  if ((hostConfig.ExtraHosts ?? []).length > 0) {
    return 'conflicting options: custom host-to-IP mapping and the network mode';
  }
  if (Object.keys(hostConfig.PortBindings ?? {}).length > 0 || hostConfig.PublishAllPorts) {
    return 'conflicting options: port publishing and the container type network mode';
  }
  if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
    return 'conflicting options: port exposing and the container type network mode';
  }
  return undefined;
}
