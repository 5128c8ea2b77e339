import { Pace } from './pace.ts';
import type { RecordWriter } from './record.ts';
import { TarParser } from './tar-parser.ts';
import { LayerWriter } from './writer.ts';

export interface UnpackOptions {
  /** Notes what the folder cannot say of the archive, so that the archive can be written again. */
  readonly record?: RecordWriter;
  readonly signal?: AbortSignal;
}

/**
 * Extracts the layer that `source` is the tar of into the empty folder `root`, in overlay form. The archive is not
 * trusted: whatever its paths and links say, nothing outside of `root` is touched. Reads `source` to its end, also
 * beyond the end of the archive. Throws `EngineError('invalid')`.
 */
export async function unpack(
  source: AsyncIterable<Uint8Array>,
  root: string,
  { record, signal }: UnpackOptions = {},
): Promise<void> {
  const parser = new TarParser();
  const layer = new LayerWriter(root, record);
  const pace = new Pace();
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted();
      for (const part of parser.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
        layer.take(part);
        if (pace.due()) await pace.rest();
      }
      await record?.settle();
    }
    for (const part of parser.end()) layer.take(part);
    await layer.finish();
  } finally {
    layer.close();
  }
}
