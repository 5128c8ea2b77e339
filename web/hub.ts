import { io, type Socket } from 'socket.io-client';
import type {
  HubClientToServer,
  HubName,
  HubOverview,
  HubPush,
  HubRepository,
  HubServerToClient,
} from '../server/protocol.ts';
import { request } from './api.ts';

/** What the hub's pages ask of the server. Rejects as `Api` does. */
export const hubApi = {
  overview: (term: string): Promise<HubOverview> => request('GET', `/api/hub?q=${encodeURIComponent(term)}`),
  repository: (name: string): Promise<HubRepository> => request('GET', `/api/hub/repositories/${name}`),
  describe: (name: string, description: string): Promise<void> =>
    request('PUT', `/api/hub/repositories/${name}`, { description }),
  remove: (name: string): Promise<void> => request('DELETE', `/api/hub/repositories/${name}`),
  removeTag: (name: string, tag: string): Promise<void> =>
    request('DELETE', `/api/hub/repositories/${name}?tag=${encodeURIComponent(tag)}`),
  addName: (name: string, password: string): Promise<HubName> =>
    request('POST', '/api/hub/names', { name, password }),
};

export interface HubListener {
  pushes(pushes: readonly HubPush[]): void;
  /** Something is different; also after a connection came back. */
  changed(): void;
}

/** Watches a repository, or all; returns the way to stop. */
export function watchHub(repository: string | null, listener: HubListener): () => void {
  const socket: Socket<HubServerToClient, HubClientToServer> = io('/hub', {
    transports: ['websocket'],
    reconnectionDelayMax: 3_000,
  });
  let connected = false;
  socket.on('connect', () => {
    socket.emit('watch', repository);
    if (connected) listener.changed();
    connected = true;
  });
  socket.on('pushes', (pushes) => listener.pushes(pushes));
  socket.on('changed', () => listener.changed());
  return () => socket.disconnect();
}
