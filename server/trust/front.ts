import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { AcceptService } from '../uplink/machine-uplink.ts';
import type { Identity } from './authority.ts';

const GREETING_MS = 10_000;

/** TLS of the names that are the lab's own: what is said to them goes on in plain to `accept`. */
export function openFront(identity: Identity, accept: AcceptService): AcceptService {
  const secureContext = createSecureContext({ key: identity.key, cert: identity.certificate });
  return (socket: Duplex, machine) => {
    socket.on('error', () => socket.destroy());
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    const timer = setTimeout(() => secure.destroy(), GREETING_MS);
    secure.once('close', () => {
      clearTimeout(timer);
      socket.destroy();
    });
    secure.on('error', () => secure.destroy());
    secure.once('secure', () => {
      clearTimeout(timer);
      accept(secure, machine);
    });
  };
}
