import type * as z from 'zod';
import { RATES, RateLimit } from '../http/rate.ts';
import {
  AcknowledgeOutput,
  AttachTerminal,
  CloseTerminal,
  OpenTerminal,
  ResizeTerminal,
  TerminalInput,
} from '../messages.ts';
import type { Reply, TerminalScreen } from '../protocol.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { Page } from '../rooms/page.ts';
import type { Room } from '../rooms/room.ts';

export interface TerminalsOptions {
  /** Redraws that the session's pages may ask for. */
  readonly screens: RateLimit;
  readonly report: (message: string, error?: unknown) => void;
}

/** Binds the page's terminal messages to the machine of its room. Messages that are not as agreed are dropped. */
export function bindTerminals(page: Page, joined: Promise<Room>, options: TerminalsOptions): void {
  const { screens, report } = options;
  const refused = (error: unknown): Reply<never> => {
    const refusal = toRefusal(error);
    if (refusal.kind === 'failed') report(`A terminal of session ${page.data.sessionId} failed.`, error);
    return { ok: false, error: refusal.message };
  };
  const answer = <T>(reply: unknown, work: () => Promise<T>): void => {
    if (typeof reply !== 'function') return;
    const send = reply as (answer: Reply<T>) => void;
    work().then(
      (value) => send({ ok: true, value }),
      (error: unknown) => send(refused(error)),
    );
  };
  const messages = new RateLimit(RATES.messagesByPage);
  let refusedInput = false;

  const terminalOf = async (id: string) => {
    const room = await joined;
    const machine = await room.machine();
    return { terminal: machine.terminals.get(id), face: room.terminalPage(page), machine };
  };

  page.on('terminal:open', (raw, reply) =>
    answer(reply, async () => {
      await screens.spend(page.data.sessionId);
      const size = parse(OpenTerminal, raw);
      return (await (await joined).machine()).terminals.open(size);
    }),
  );

  page.on('terminal:attach', (raw, reply) => {
    if (typeof reply !== 'function') return;
    const attach = async () => {
      await screens.spend(page.data.sessionId);
      const { id, ...size } = parse(AttachTerminal, raw);
      const { terminal, face } = await terminalOf(id);
      await terminal.attach(face, size, (value) =>
        reply({ ok: true, value } satisfies Reply<TerminalScreen>),
      );
    };
    attach().catch((error: unknown) => reply(refused(error)));
  });

  page.on('terminal:input', (raw) =>
    quietly(async () => {
      if (!(await messages.allows(page.id))) return;
      const { id, data } = parse(TerminalInput, raw);
      const { terminal, face, machine } = await terminalOf(id);
      const taken = terminal.input(face, data);
      if (taken && data.includes('\r')) machine.course?.commandEntered();
      if (!taken && !refusedInput) {
        page.emit('notice', { level: 'warning', message: 'The program does not read: input was left out.' });
      }
      refusedInput = !taken;
    }),
  );

  page.on('terminal:resize', (raw) =>
    quietly(async () => {
      if (!(await messages.allows(page.id))) return;
      const { id, ...size } = parse(ResizeTerminal, raw);
      const { terminal, face } = await terminalOf(id);
      terminal.resize(face, size);
    }),
  );

  page.on('terminal:acknowledge', (raw) =>
    quietly(async () => {
      const { id, offset } = parse(AcknowledgeOutput, raw);
      const { terminal, face } = await terminalOf(id);
      terminal.acknowledge(face, offset);
    }),
  );

  page.on('terminal:close', (raw) =>
    quietly(async () => {
      if (!(await messages.allows(page.id))) return;
      const { id } = parse(CloseTerminal, raw);
      const { machine } = await terminalOf(id);
      await machine.terminals.close(id);
    }),
  );
}

function parse<T>(schema: z.ZodType<T>, raw: unknown): T {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new Refusal('invalid', 'The server did not understand this message.');
  return parsed.data;
}

/** For messages without an answer: a terminal that has just gone is nobody's mistake. */
function quietly(work: () => Promise<void>): void {
  work().catch(() => undefined);
}
