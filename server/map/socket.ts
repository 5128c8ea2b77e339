import type * as z from 'zod';
import { RateLimit } from '../http/rate.ts';
import type { Reply } from '../protocol.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { Page } from '../rooms/page.ts';
import type { Room } from '../rooms/room.ts';
import type { MapFeed } from './feed.ts';
import { ContainerQuestion, FilesQuestion, ImageQuestion } from './schemas.ts';

/** What one page may ask about in ten seconds. */
const QUESTIONS = { points: 60, seconds: 10 };

/** Binds the page's questions about the map to the machine of its room. */
export function bindMap(page: Page, joined: Promise<Room>): void {
  const questions = new RateLimit(QUESTIONS);
  let watched: MapFeed | undefined;
  let isGone = false;
  const tell: Parameters<MapFeed['open']>[0] = (change) => page.emit('map:change', change);
  const leave = () => {
    watched?.leave(tell);
    watched = undefined;
  };
  const machine = async () => {
    await questions.spend(page.id);
    return (await joined).machine();
  };

  page.on('map:open', (_request, reply) =>
    answer(reply, async () => {
      const { map } = await machine();
      if (watched !== map) leave();
      watched = map;
      const history = await map.open(tell);
      if (isGone || watched !== map) map.leave(tell);
      return { ...history, goal: (await joined).goal };
    }),
  );
  page.on('map:files', (raw, reply) =>
    answer(reply, async () => {
      const { image, layer } = parse(FilesQuestion, raw);
      return (await machine()).map.files(image, layer);
    }),
  );
  page.on('map:image', (raw, reply) =>
    answer(reply, async () => {
      const { image } = parse(ImageQuestion, raw);
      return (await machine()).map.image(image);
    }),
  );
  page.on('map:container', (raw, reply) =>
    answer(reply, async () => {
      const { container } = parse(ContainerQuestion, raw);
      return (await machine()).map.container(container);
    }),
  );
  page.on('map:close', leave);
  page.on('disconnect', () => {
    isGone = true;
    leave();
  });
}

function answer<T>(reply: unknown, work: () => Promise<T>): void {
  if (typeof reply !== 'function') return;
  const send = reply as (answer: Reply<T>) => void;
  work().then(
    (value) => send({ ok: true, value }),
    (error: unknown) => send({ ok: false, error: toRefusal(error).message }),
  );
}

function parse<T>(schema: z.ZodType<T>, raw: unknown): T {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new Refusal('invalid', 'The server did not understand this message.');
  return parsed.data;
}
