import { parseAddress } from './address.ts';
import { CODE, formatAnswer, parseQuestion, TYPE, type Answer, type Question } from './dns-message.ts';

/** Where names lead that are no container's. */
export interface Outside {
  /** Takes connections for every name of the world. */
  readonly address: string;
}

/** The answer to a program that asks for any name but a container's. */
export function answerOutside(message: Buffer, address: string): Buffer | undefined {
  const question = parseQuestion(message);
  return question === undefined ? undefined : formatAnswer(question, lookUpOutside(question, { address }));
}

/**
 * A name with a dot leads outside. Whether it exists is found out when somebody connects to it; there is no other kind of
 * record, and no name for any address.
 */
export function lookUpOutside({ name, type, opcode }: Question, outside: Outside | undefined): Answer {
  if (opcode !== 0) return { code: CODE.notImplemented };
  if (!name.includes('.') || /\.(local|localhost|internal|arpa)\.?$/i.test(name))
    return { code: CODE.noSuchName };
  if (outside === undefined) return { code: CODE.failure };
  if (type !== TYPE.A) return { code: CODE.ok };
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(parseAddress(outside.address) ?? 0);
  return { code: CODE.ok, records: [bytes] };
}
