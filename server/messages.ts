import * as z from 'zod';
import { TERMINAL_INPUT_MAX } from './protocol.ts';

/** Everything that a page may send, checked before anybody acts on it. */

const COLUMNS_MAX = 500;
const ROWS_MAX = 300;

const terminalId = z.string().regex(/^[\w.-]{1,64}$/);
const columns = z.int().min(2).max(COLUMNS_MAX);
const rows = z.int().min(1).max(ROWS_MAX);

const exerciseId = z.string().regex(/^[a-z0-9-]{1,64}$/);
const CHOICES_MAX = 8;
const WORDS_MAX = 200;

export const AnswerQuestion = z.object({
  id: exerciseId,
  answer: z.union([z.string().max(WORDS_MAX), z.array(z.int().min(0).max(CHOICES_MAX)).max(CHOICES_MAX)]),
});
export const BeginStep = z.object({ step: z.string().max(200) });
export const SaveFile = z.object({ file: z.int().min(0).max(1000) });

/** `step`: where the machine is brought to, in place of the lesson's start. */
export const ResetBody = z.object({ step: z.string().max(200).optional() }).optional();

export const BackBody = z.strictObject({ moment: z.string().regex(/^[a-z0-9]{1,16}$/) });

export const CreateSessionBody = z.strictObject({
  lesson: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .nullable(),
});

export const SessionId = z.string().regex(/^[a-z0-9]{16}$/);

export const HandshakeAuth = z.object({ session: SessionId });

export const OpenTerminal = z.object({ columns, rows });
export const AttachTerminal = z.object({ id: terminalId, columns, rows });
export const TerminalInput = z.object({ id: terminalId, data: z.string().min(1).max(TERMINAL_INPUT_MAX) });
export const ResizeTerminal = z.object({ id: terminalId, columns, rows });
export const CloseTerminal = z.object({ id: terminalId });
export const AcknowledgeOutput = z.object({ id: terminalId, offset: z.int().min(0) });
