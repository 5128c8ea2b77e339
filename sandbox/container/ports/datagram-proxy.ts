import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import type { Ends, Proxy } from './stream-proxy.ts';

/** A client that said nothing for so long is forgotten. */
const FLOW_IDLE_MS = 90_000;
/** More clients at a time than this are not served: every one costs a socket. */
const MAX_FLOWS = 1024;

interface Flow {
  readonly socket: Socket;
  idle: NodeJS.Timeout;
}

/** Passes datagrams on to a container, and its answers back to the client they are for. */
export async function proxyDatagrams({ hostIp, hostPort, containerIp, containerPort }: Ends): Promise<Proxy> {
  const outer = createSocket({
    type: hostIp.includes(':') ? 'udp6' : 'udp4',
    ipv6Only: hostIp.includes(':'),
  });
  const flows = new Map<string, Flow>();

  const forget = (client: string): void => {
    const flow = flows.get(client);
    if (flow === undefined) return;
    flows.delete(client);
    clearTimeout(flow.idle);
    flow.socket.close();
  };
  const open = (client: string, address: string, port: number): Flow => {
    const socket = createSocket('udp4');
    const flow = { socket, idle: setTimeout(() => forget(client), FLOW_IDLE_MS).unref() };
    flows.set(client, flow);
    // Nobody listens in the container: as on any network, the datagram is lost.
    socket.on('error', () => forget(client));
    socket.on('message', (message) => {
      flow.idle.refresh();
      outer.send(message, port, address);
    });
    socket.connect(containerPort, containerIp);
    return flow;
  };
  const pass = (flow: Flow, message: Buffer): void => {
    flow.idle.refresh();
    flow.socket.send(message, () => undefined);
  };

  outer.on('message', (message, { address, port }) => {
    const client = `${address} ${port}`;
    const known = flows.get(client);
    if (known !== undefined) pass(known, message);
    else if (flows.size < MAX_FLOWS) {
      const flow = open(client, address, port);
      flow.socket.once('connect', () => pass(flow, message));
    }
  });
  outer.bind({ address: hostIp, port: hostPort });
  await once(outer, 'listening');
  outer.on('error', () => undefined);
  return {
    close: () => {
      for (const client of flows.keys()) forget(client);
      outer.close();
    },
  };
}
