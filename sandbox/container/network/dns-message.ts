/** The part of DNS (RFC 1035) that a name server for a few containers needs. */

export const TYPE = { A: 1, PTR: 12, AAAA: 28 } as const;
export const CODE = { ok: 0, formatError: 1, failure: 2, noSuchName: 3, notImplemented: 4 } as const;

const CLASS_INTERNET = 1;
/** Docker's own time to live, in seconds. */
const TTL_SECONDS = 600;
const HEADER_BYTES = 12;
const MAX_LABEL_BYTES = 63;

export interface Question {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** Opcode of the query; 0 is the only usual one. */
  readonly opcode: number;
  /** Without the last dot, as it was asked. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as it stands in the message: the answer repeats it. */
  readonly bytes: Uint8Array;
}

/** Undefined for what is no query with one question. */
export function parseQuestion(message: Buffer): Question | undefined {
  if (message.length < HEADER_BYTES || message.readUInt16BE(4) !== 1) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined;
  const found = readName(message, HEADER_BYTES);
  if (found === undefined || found.end + 4 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    recursionDesired: (flags & 0x0100) !== 0,
    opcode: (flags >> 11) & 15,
    name: found.name,
    type: message.readUInt16BE(found.end),
    class: message.readUInt16BE(found.end + 2),
    bytes: message.subarray(HEADER_BYTES, found.end + 4),
  };
}

export interface Answer {
  readonly code: number;
  /** Data of the records, all of the type that was asked for. */
  readonly records?: readonly Uint8Array[];
}

export function formatAnswer(question: Question, { code, records = [] }: Answer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(question.id, 0);
  // A response; recursion is available.
  header.writeUInt16BE(0x8080 | (question.opcode << 11) | (question.recursionDesired ? 0x0100 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question.bytes, ...records.map((data) => record(question.type, data))]);
}

export function formatName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label).subarray(0, MAX_LABEL_BYTES);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function record(type: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  // A pointer to the name in the question.
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(CLASS_INTERNET, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** The name of a question is never compressed. */
function readName(message: Buffer, start: number): { name: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > MAX_LABEL_BYTES) return undefined;
    at += 1;
    if (length === 0) return { name: labels.join('.'), end: at };
    if (at + length > message.length) return undefined;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
}
