import * as z from 'zod';
import { EngineClient } from '../engine/client.ts';
import { RATES, RateLimit } from '../http/rate.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { Page } from '../rooms/page.ts';
import type { Room } from '../rooms/room.ts';
import type { Previews } from './previews.ts';
import { followPorts } from './published.ts';

const OpenPort = z.object({ port: z.int().min(1).max(65_535) });

/** Binds the page's messages about ports to the machine of its room. */
export function bindPorts(page: Page, joined: Promise<Room>, previews: Previews): void {
  const opens = new RateLimit(RATES.screensBySession);
  let watching: AbortController | undefined;
  page.on('disconnect', () => watching?.abort());

  page.on('ports:watch', () => {
    watching?.abort();
    const watch = new AbortController();
    watching = watch;
    const follow = async () => {
      const room = await joined;
      await room.machine();
      if (watch.signal.aborted || page.disconnected) return;
      const engine = new EngineClient(room.session.info.engineSocket);
      watch.signal.addEventListener('abort', () => engine.close());
      followPorts(engine, (ports) => page.emit('ports', ports), watch.signal);
    };
    // The machine is not running: the page asks again when it is.
    follow().catch(() => undefined);
  });

  page.on('ports:open', (raw, reply) => {
    if (typeof reply !== 'function') return;
    const open = async () => {
      await opens.spend(page.data.sessionId);
      const parsed = OpenPort.safeParse(raw);
      const { origin } = page.handshake.headers;
      if (!parsed.success || origin === undefined) throw new Refusal('invalid', 'There is no such port.');
      return previews.open({ port: parsed.data.port, session: page.data.sessionId }, origin);
    };
    open().then(
      (url) => reply({ ok: true, value: { url } }),
      (error: unknown) => reply({ ok: false, error: toRefusal(error).message }),
    );
  });
}
