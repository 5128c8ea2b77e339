import type { Server } from 'node:http';
import type { Route } from '../api/router.ts';

/**
 * The Docker API for somebody outside of the session: the connection, once upgraded, is one of the server that the
 * session's own clients have, so it can ask for nothing that they could not.
 */
export const dockerChannelRoutes = (docker: Server): Route[] => [
  {
    method: 'POST',
    path: '/slipway/docker',
    handle: async (call) => {
      docker.emit('connection', call.hijack('application/octet-stream'));
    },
  },
];
