import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** What Node's server keeps on a connection. Not documented: where it is not there, nothing changes. */
interface WithParser {
  readonly parser?: { onIncoming?: ((request: IncomingMessage, keepAlive: boolean) => unknown) | null };
}

/**
 * Old clients take a connection over without asking for an upgrade: after the answer's head both sides just send bytes.
 * Node's parser would read the client's as the next request. It is told to stop after such a request's head, as it
 * does after an upgrade's: the request comes as the event `upgrade`.
 */
export function allowPlainHijack(server: Server): void {
  server.on('connection', (socket: Socket & WithParser) => {
    const { parser } = socket;
    const onIncoming = parser?.onIncoming;
    if (!parser || typeof onIncoming !== 'function') return;
    parser.onIncoming = (request, keepAlive) => {
      if (takesOver(request)) Object.assign(request, { upgrade: true });
      return onIncoming(request, keepAlive);
    };
  });
}

function takesOver({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && /\/(containers\/.*\/attach|exec\/.*\/start|session)(\?|$)/.test(url);
}
