import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/** A listener of the session that passes what comes on to a container. */
export interface Proxy {
  /** Stops listening and cuts what is connected. */
  close(): void;
}

export interface Ends {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerIp: string;
  readonly containerPort: number;
}

/** Throws the system's error when it cannot listen. */
export async function proxyStreams({ hostIp, hostPort, containerIp, containerPort }: Ends): Promise<Proxy> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const inner = connect({ host: containerIp, port: containerPort, allowHalfOpen: true, noDelay: true });
    for (const socket of [client, inner]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
    join(client, inner);
  });
  server.listen({ host: hostIp, port: hostPort, ipv6Only: hostIp.includes(':') });
  await once(server, 'listening');
  return {
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Each side's end of data is passed on by itself; an error on one side resets the other one. */
function join(one: Socket, other: Socket): void {
  one.on('error', () => other.resetAndDestroy());
  other.on('error', () => (other.connecting ? one.resetAndDestroy() : one.destroy()));
  one.pipe(other);
  other.pipe(one);
}
