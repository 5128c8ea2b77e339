import type { Duplex } from 'node:stream';
import { EgressGate } from './gate.ts';
import { EgressProxy } from './proxy.ts';
import { parseRule } from './rules.ts';

/** Of one machine, at once: npm takes fifty. */
const CONNECTIONS = 60;

export interface EgressWishes {
  /** As sandbox/egress/rules.ts reads them. */
  readonly places: readonly string[];
  /** Bytes that one machine may take and send in all. */
  readonly bytesPerMachine: number;
  /** Bytes that one machine may take and send in a second; as many as the host can when absent. */
  readonly bytesPerSecond?: number | undefined;
}

/** Whose machine it is; `owner` is the learner. */
export interface EgressMachine {
  readonly id: string;
  readonly owner: string;
}

export type AcceptEgress = (socket: Duplex, machine: EgressMachine) => void;

/** What answers TLS connections to a name that is the lab's own; undefined for the rest of the world. */
export type OwnName = (name: string) => AcceptEgress | undefined;

/** The way out of machines. */
export interface Egress {
  /** What answers connections to ports 80 and 443 of any name, as an uplink wants it. */
  readonly services: { readonly http: AcceptEgress; readonly https: AcceptEgress };
  /** Forgets what a machine has used. */
  forget(id: string): void;
  close(): void;
}

/** Throws when a place cannot be read. */
export function openEgress(
  { places, bytesPerMachine, bytesPerSecond }: EgressWishes,
  ownName: OwnName = () => undefined,
): Egress {
  const proxy = new EgressProxy({
    rules: places.map(parseRule),
    bytesPerClient: bytesPerMachine,
    bytesPerSecond,
    connectionsPerClient: CONNECTIONS,
  });
  const gate = new EgressGate(proxy);
  return {
    services: {
      http: (socket, { id }) => gate.acceptHttp(id, socket),
      https: (socket, machine) =>
        gate.acceptTls(machine.id, socket, (name) => {
          const accept = ownName(name);
          return accept && ((greeted) => accept(greeted, machine));
        }),
    },
    forget: (id) => proxy.forget(id),
    close: () => gate.close(),
  };
}
