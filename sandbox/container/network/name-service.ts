import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { formatAddress, parseAddress } from './address.ts';
import type { NameServers } from './attachments.ts';
import {
  CODE,
  formatAnswer,
  formatName,
  parseQuestion,
  TYPE,
  type Answer,
  type Question,
} from './dns-message.ts';
import type { Lease, Leases } from './leases.ts';
import type { NetworkRecord } from './model.ts';
import { lookUpOutside, type Outside } from './outside.ts';
import { addressesOf, nameAt } from './name-lookup.ts';
import { planOf, type NetworkRegistry } from './registry.ts';

const DNS_PORT = 53;
/** More would not fit into a datagram of 512 bytes with a long name. */
const MAX_ADDRESSES = 12;

export interface NameServiceParts {
  readonly registry: NetworkRegistry;
  readonly leases: Leases;
}

/**
 * The name server of the users' networks, one socket at the gateway of each network that has running containers. Who
 * asks is known by the address, as no container can send from another one's without the right to.
 */
export class NameService implements NameServers {
  readonly #parts: NameServiceParts;
  readonly #sockets = new Map<string, Socket>();
  /** Undefined as long as there is no way out. */
  outside: Outside | undefined;

  constructor(parts: NameServiceParts) {
    this.#parts = parts;
  }

  async open(network: NetworkRecord): Promise<void> {
    if (this.#sockets.has(network.Id)) return;
    const socket = createSocket('udp4');
    this.#sockets.set(network.Id, socket);
    socket.on('message', (message, { address, port }) => {
      const reply = this.#answer(network, message, address);
      if (reply !== undefined) socket.send(reply, port, address, () => undefined);
    });
    socket.bind({ address: formatAddress(planOf(network).gateway), port: DNS_PORT });
    try {
      await once(socket, 'listening');
      socket.on('error', () => undefined);
    } catch (error) {
      this.#sockets.delete(network.Id);
      throw new Error(`no name server for network ${network.Name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  close(network: NetworkRecord): void {
    this.#sockets.get(network.Id)?.close();
    this.#sockets.delete(network.Id);
  }

  closeAll(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #answer(network: NetworkRecord, message: Buffer, address: string): Buffer | undefined {
    const question = parseQuestion(message);
    if (question === undefined) return undefined;
    const asker = this.#parts.leases.on(network).get(parseAddress(address) ?? -1);
    return formatAnswer(
      question,
      asker === undefined ? { code: CODE.failure } : this.#lookUp(asker, question),
    );
  }

  #lookUp(asker: Lease, question: Question): Answer {
    if (question.opcode !== 0) return { code: CODE.notImplemented };
    const lookup = { networks: this.#parts.registry.all(), leases: this.#parts.leases };
    if (question.type === TYPE.PTR) {
      const name = nameAt(lookup, asker, question.name);
      return name === undefined ? unknown(question.name) : { code: CODE.ok, records: [formatName(name)] };
    }
    const addresses = addressesOf(lookup, asker, question.name);
    if (addresses.length === 0) return lookUpOutside(question, this.outside);
    if (question.type !== TYPE.A) return { code: CODE.ok };
    return { code: CODE.ok, records: addresses.slice(0, MAX_ADDRESSES).map(addressBytes) };
  }
}

/** A single word can only be a container, so there is none; whether a domain exists nobody here can know. */
function unknown(name: string): Answer {
  return { code: name.includes('.') ? CODE.failure : CODE.noSuchName };
}

function addressBytes(address: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address);
  return bytes;
}
