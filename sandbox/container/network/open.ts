import type { Emit } from '../../image/images.ts';
import { Publisher } from '../ports/publisher.ts';
import { Attachments, type ContainerDirectory } from './attachments.ts';
import { Bridges } from './bridges.ts';
import { Leases } from './leases.ts';
import { DEFAULT_BRIDGE } from './model.ts';
import { NameService } from './name-service.ts';
import { Networks } from './networks.ts';
import type { Outside } from './outside.ts';
import { bridgeOf, NetworkRegistry } from './registry.ts';
import { networkStore } from './store.ts';

export interface NetworkOptions {
  /** Folder of the network side's own state. */
  readonly folder: string;
  readonly containers: ContainerDirectory;
  readonly emit: Emit;
}

export interface NetworkSide {
  /** What the containers use. */
  readonly networking: Attachments;
  /** What the API uses. */
  readonly networks: Networks;
  /** What containers are told of the world outside. */
  readonly names: { outside: Outside | undefined };
  /** Ends what was kept warm. Containers that run keep what they have. */
  close(): Promise<void>;
}

/** Makes the bridges of all networks that are kept, and returns the network side. */
export async function openNetworks({ folder, containers, emit }: NetworkOptions): Promise<NetworkSide> {
  const registry = await NetworkRegistry.open(networkStore(folder));
  const bridges = new Bridges(bridgeOf(registry.find(DEFAULT_BRIDGE)));
  const own = registry.all().filter((each) => each.Driver === 'bridge' && each.Name !== DEFAULT_BRIDGE);
  await bridges.open(own.map(bridgeOf));
  const leases = new Leases();
  const names = new NameService({ registry, leases });
  const publisher = new Publisher();
  const networking = new Attachments({ registry, bridges, leases, names, publisher, containers, emit });
  const networks = new Networks({ registry, bridges, leases, attachments: networking, containers, emit });
  return {
    networking,
    networks,
    names,
    close: async () => {
      await names.close();
      await bridges.close();
    },
  };
}
