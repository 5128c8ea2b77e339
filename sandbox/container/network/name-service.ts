import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { parseAddress } from './address.ts';
import { bytesOf6, parseAddress6 } from './address6.ts';
import type { NameServers } from './attachment.ts';
import {
  CODE,
  formatAnswer,
  formatName,
  parseQuestion,
  TYPE,
  type Answer,
  type Question,
} from './dns-message.ts';
import { NAME_SERVER } from './files.ts';
import type { Lease, Leases } from './leases.ts';
import { lookUpOutside, type Outside } from './outside.ts';
import { addresses6Of, addressesOf, nameAt } from './name-lookup.ts';
import type { NetworkRegistry } from './registry.ts';

const DNS_PORT = 53;
/** More would not fit into a datagram of 512 bytes with a long name. */
const MAX_ADDRESSES = 12;

export interface NameServiceParts {
  readonly registry: NetworkRegistry;
  readonly leases: Leases;
}

/**
 * The name server of the users' networks: one socket on the session's loopback, from the first container on such
 * a network on. Who asks is known by the address, as no container can send from another one's without the right to.
 */
export class NameService implements NameServers {
  readonly #parts: NameServiceParts;
  #socket: Promise<Socket> | undefined;
  /** Undefined as long as there is no way out. */
  outside: Outside | undefined;

  constructor(parts: NameServiceParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    try {
      await (this.#socket ??= this.#listen());
    } catch (error) {
      this.#socket = undefined;
      throw new Error(`no name server: ${(error as Error).message}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    (await this.#socket)?.close();
    this.#socket = undefined;
  }

  async #listen(): Promise<Socket> {
    const socket = createSocket('udp4');
    socket.on('message', (message, { address, port }) => {
      const reply = this.#answer(message, address);
      if (reply !== undefined) socket.send(reply, port, address, () => undefined);
    });
    socket.bind({ address: NAME_SERVER, port: DNS_PORT });
    await once(socket, 'listening');
    socket.on('error', () => undefined);
    return socket;
  }

  #answer(message: Buffer, address: string): Buffer | undefined {
    const question = parseQuestion(message);
    if (question === undefined) return undefined;
    const asker = this.#askerAt(parseAddress(address) ?? -1);
    return formatAnswer(
      question,
      asker === undefined ? { code: CODE.failure } : this.#lookUp(asker, question),
    );
  }

  /** Networks do not overlap. */
  #askerAt(address: number): Lease | undefined {
    const { registry, leases } = this.#parts;
    for (const network of registry.all()) {
      const lease = leases.on(network).get(address);
      if (lease !== undefined) return lease;
    }
    return undefined;
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
    if (question.type === TYPE.AAAA) {
      const records = addresses6Of(lookup, asker, question.name).map((each) =>
        bytesOf6(parseAddress6(each) ?? 0n),
      );
      return { code: CODE.ok, records: records.slice(0, MAX_ADDRESSES) };
    }
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
