import type { EngineClient } from '../engine/client.ts';

/** Code units of a container's output that a check looks at: the last ones. */
const LOGS_MAX = 256 * 1024;
const LINES = 1000;
/** Lines may be as long as one likes: of very long ones the last are not read. */
const READ_MAX_BYTES = 4 * 1024 * 1024;
const HEADER_BYTES = 8;

/** The last lines a container printed, standard output and error in their order. `tty`: as one stream, without frames. */
export async function readLogs(
  engine: EngineClient,
  { id, tty, signal }: { readonly id: string; readonly tty: boolean; readonly signal: AbortSignal },
): Promise<string> {
  const path = `/v1.41/containers/${encodeURIComponent(id)}/logs?stdout=1&stderr=1&tail=${LINES}`;
  const stream = await engine.stream(path, signal);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > READ_MAX_BYTES) break;
  }
  const bytes = Buffer.concat(chunks);
  return (tty ? bytes : withoutFrames(bytes)).toString('utf8').slice(-LOGS_MAX);
}

/** Each piece of output of a container without a terminal has a head of eight bytes: stream, three zeros, length. */
function withoutFrames(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(parts);
}
