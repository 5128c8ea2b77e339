import type * as z from 'zod';
import { RATES, RateLimit } from '../http/rate.ts';
import { AnswerQuestion, BeginStep, SaveFile } from '../messages.ts';
import type { Reply } from '../protocol.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { Page } from '../rooms/page.ts';
import type { Room } from '../rooms/room.ts';

/** Binds the page's messages about its lesson. Messages that are not as agreed are refused. */
export function bindLesson(
  page: Page,
  joined: Promise<Room>,
  report: (message: string, error?: unknown) => void,
): void {
  const messages = new RateLimit(RATES.messagesByPage);
  const answer = <T>(reply: unknown, work: () => Promise<T>): void => {
    if (typeof reply !== 'function') return;
    const send = reply as (answer: Reply<T>) => void;
    const run = async () => {
      await messages.spend(page.id);
      return work();
    };
    run().then(
      (value) => send({ ok: true, value }),
      (error: unknown) => {
        const refusal = toRefusal(error);
        if (refusal.kind === 'failed') report(`The lesson of session ${page.data.sessionId} failed.`, error);
        send({ ok: false, error: refusal.message });
      },
    );
  };
  const course = async () => (await joined).course();

  page.on('lesson:answer', (raw, reply) =>
    answer(reply, async () => {
      const message = parse(AnswerQuestion, raw);
      return (await course()).answer(message.id, message.answer);
    }),
  );
  page.on('lesson:begin', (raw, reply) =>
    answer(reply, async () => {
      await (await course()).begin(parse(BeginStep, raw).step);
      return null;
    }),
  );
  page.on('lesson:save', (raw, reply) =>
    answer(reply, async () => {
      await (await course()).save(parse(SaveFile, raw).file);
      return null;
    }),
  );
}

function parse<T>(schema: z.ZodType<T>, raw: unknown): T {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new Refusal('invalid', 'The server did not understand this message.');
  return parsed.data;
}
