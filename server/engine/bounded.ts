import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export class TooLarge extends Error {}

/** The whole of `source` as text; throws, and ends the source, once it is more than `maxBytes`. */
export async function readBounded(source: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new TooLarge(`The answer is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `source`, with a rest after so many bytes: whoever sends without end is read at that pace, and waits. */
export async function* paced(
  source: Readable,
  { bytes, restMs }: { readonly bytes: number; readonly restMs: number },
): AsyncGenerator<Buffer> {
  let burst = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    yield chunk;
    burst += chunk.length;
    if (burst < bytes) continue;
    burst = 0;
    await sleep(restMs);
  }
}

/** Lines of `source`; throws once a single line is longer than `maxBytes`. */
export async function* boundedLines(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
    if (rest.length > maxBytes) throw new TooLarge(`A line is longer than ${maxBytes} bytes.`);
  }
  if (rest.trim() !== '') yield rest;
}
