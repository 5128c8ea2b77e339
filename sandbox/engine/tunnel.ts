import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { integer } from '../api/query.ts';
import { sendJson } from '../api/respond.ts';
import type { Call, Route } from '../api/router.ts';
import { EngineError } from '../oci/errors.ts';

const LOOPBACK = '127.0.0.1';
const MAX_PORT = 65_535;

/** Raw bytes to a port of the session's own loopback: what a container publishes, or the learner serves. */
export const tunnelRoutes: Route[] = [{ method: 'POST', path: '/slipway/tunnel', handle: openTunnel }];

async function openTunnel(call: Call): Promise<void> {
  const port = integer(call.query, 'port') ?? 0;
  if (port < 1 || port > MAX_PORT) throw new EngineError('invalid', `There is no port ${port}.`);
  const target = await dial(port);
  if (!target) {
    sendJson(call.response, 502, { message: `Nothing listens on port ${port} of this session.` });
    return;
  }
  const client = call.hijack('application/octet-stream');
  // Each direction ends by itself; a broken one takes the other with it.
  client.pipe(target).pipe(client);
  client.on('error', () => target.destroy());
  client.on('close', () => target.destroy());
  target.on('error', () => client.destroy());
}

function dial(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK, allowHalfOpen: true });
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve(socket);
    });
    const onError = () => resolve(undefined);
    socket.on('error', onError);
  });
}
