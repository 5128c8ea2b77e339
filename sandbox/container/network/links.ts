import { EngineError } from '../../oci/errors.ts';
import type { ContainerRecord } from '../model.ts';
import { DEFAULT_BRIDGE } from './model.ts';

/** `--link name:alias` on the default bridge: names in /etc/hosts, for containers that run when this one starts. */
export function linkLines(
  record: ContainerRecord,
  containers: { find(reference: string): ContainerRecord },
): string[] {
  return (record.hostConfig.Links ?? []).flatMap((link) => {
    const { target, alias } = parseLink(link);
    const other = containers.find(target);
    const address = other.networks[DEFAULT_BRIDGE]?.IPAddress ?? '';
    if (address === '') return [];
    const names = new Set([alias, other.config.Hostname, other.name]);
    return [`${address}\t${[...names].join(' ')}`];
  });
}

/** Refuses links to containers that do not exist, as dockerd does when the container is created. */
export function refuseLinks(
  record: ContainerRecord,
  containers: { find(reference: string): ContainerRecord },
): void {
  for (const { target } of (record.hostConfig.Links ?? []).map(parseLink)) {
    try {
      containers.find(target);
    } catch (error) {
      const words = `could not get container for ${target}: ${(error as Error).message}`;
      throw new EngineError('invalid', words, { cause: error });
    }
  }
}

/** `name:alias`, `name`, or as Docker keeps it: `/name:/container/alias`. */
export function parseLink(link: string): { readonly target: string; readonly alias: string } {
  const [target = '', name = target] = link.split(':');
  return { target: target.replace(/^\//, ''), alias: name.slice(name.lastIndexOf('/') + 1) };
}
