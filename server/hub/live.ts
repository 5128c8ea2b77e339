import type { Namespace, Server } from 'socket.io';
import { RATES, RateLimit } from '../http/rate.ts';
import type { GatewayOptions } from '../socket/gateway.ts';
import { isRepositoryName } from '../../sandbox/registry/store/names.ts';
import type { HubClientToServer, HubServerToClient } from './protocol.ts';
import type { Pushes } from './pushes.ts';

const ALL = 'all';
/** What one page may ask to watch in ten seconds. */
const WATCHES = { points: 50, seconds: 10 };

export interface Live {
  pushing(repository: string): void;
  changed(repository: string): void;
}

/** Tells pages what is pushed, as it happens: namespace `/hub` of the page's own connection. */
export function openLive(
  gateway: Server,
  pushes: Pushes,
  { addressOf }: Pick<GatewayOptions, 'addressOf'>,
): Live {
  const hub = gateway.of('/hub') as unknown as Namespace<HubClientToServer, HubServerToClient>;
  const connections = new RateLimit(RATES.connectionsByAddress);
  hub.use((page, next) => {
    connections
      .allows(addressOf(page.handshake))
      .then((allowed) => next(allowed ? undefined : new Error('There were too many connections.')))
      .catch(next);
  });
  hub.on('connection', (page) => {
    const watches = new RateLimit(WATCHES);
    page.on('watch', (raw: unknown) => {
      void (async () => {
        if (!(await watches.allows(''))) return;
        const repository = typeof raw === 'string' && isRepositoryName(raw) ? raw : null;
        for (const room of page.rooms) if (room !== page.id) await page.leave(room);
        await page.join(roomOf(repository));
        page.emit('pushes', pushes.list(repository));
      })();
    });
  });
  const rooms = (repository: string) => [repository, null] as const;
  return {
    pushing: (repository) => {
      for (const each of rooms(repository)) hub.to(roomOf(each)).volatile.emit('pushes', pushes.list(each));
    },
    changed: (repository) => {
      for (const each of rooms(repository)) hub.to(roomOf(each)).emit('changed');
    },
  };
}

function roomOf(repository: string | null): string {
  return repository === null ? ALL : `repository ${repository}`;
}
