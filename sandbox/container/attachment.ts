import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import type { ProcessInput } from './crun.ts';
import { DetachDetector } from './detach-keys.ts';
import type { StreamName } from './log-file.ts';
import type { Output, Sink } from './streams.ts';

/** What a client is attached to: a container's streams or an exec's. */
export interface Attachable {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The process's input as soon as there is a process; undefined when it takes none. */
  input(): Promise<ProcessInput | undefined>;
}

export interface AttachmentOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  /** What is sent says which stream it is of. */
  readonly framed: boolean;
  /** The process reads the end of its input when this client ends its own. */
  readonly closeInput: boolean;
  readonly detachKeys: readonly number[];
}

/** Docker's frame: stream, three zeros, length. Only without a terminal, which has one stream. */
export function frame(stream: StreamName | 'stdin', chunk: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head[0] = STREAM_NUMBER[stream];
  head.writeUInt32BE(chunk.byteLength, 4);
  return Buffer.concat([head, chunk]);
}

const STREAM_NUMBER = { stdin: 0, stdout: 1, stderr: 2 };

/** A client's connection as a sink. */
export class ConnectionSink implements Sink {
  readonly #connection: Duplex;
  readonly #stream: StreamName | undefined;
  readonly #onEnd: () => void;

  /** `stream` is undefined for raw bytes. */
  constructor(connection: Duplex, stream: StreamName | undefined, onEnd: () => void = () => undefined) {
    this.#connection = connection;
    this.#stream = stream;
    this.#onEnd = onEnd;
  }

  write(chunk: Buffer): Promise<void> | undefined {
    if (this.#connection.destroyed || this.#connection.writableEnded) return undefined;
    const bytes = this.#stream === undefined ? chunk : frame(this.#stream, chunk);
    return this.#connection.write(bytes) ? undefined : drained(this.#connection);
  }

  end(): void {
    this.#onEnd();
  }
}

async function drained(connection: Duplex): Promise<void> {
  const over = new AbortController();
  try {
    const { signal } = over;
    await Promise.race([once(connection, 'drain', { signal }), once(connection, 'close', { signal })]);
  } catch {
    // The connection broke: nobody waits for these bytes any more.
  } finally {
    over.abort();
  }
}

export type AttachmentEnd = 'ended' | 'detached' | 'gone';

/** Joins a client and a process until the process ends, the client leaves by its keys, or the connection is gone. */
export function attach(
  target: Attachable,
  connection: Duplex,
  options: AttachmentOptions,
): Promise<AttachmentEnd> {
  return new Promise((resolve) => {
    const detachers: (() => void)[] = [];
    let open = 0;
    const finish = (end: AttachmentEnd) => {
      for (const detach of detachers) detach();
      resolve(end);
    };
    const add = (output: Output, stream: StreamName) => {
      open++;
      const onEnd = () => {
        if (--open === 0) finish('ended');
      };
      detachers.push(
        output.attach(new ConnectionSink(connection, options.framed ? stream : undefined, onEnd)),
      );
    };
    if (options.stdout) add(target.stdout, 'stdout');
    if (options.stderr && !options.tty) add(target.stderr, 'stderr');
    const inputOnly = open === 0;
    // Sees the end of the process where nothing of its output is wanted.
    if (inputOnly)
      detachers.push(target.stdout.attach({ write: () => undefined, end: () => finish('ended') }));
    connection.once('close', () => finish('gone'));
    connection.once('error', () => finish('gone'));
    if (options.stdin) {
      void copyInput(target, connection, options).then((end) => {
        if (end === 'detached' || inputOnly) finish(end);
      });
    } else {
      // Reads to notice when the client leaves.
      connection.resume();
    }
  });
}

async function copyInput(
  target: Attachable,
  connection: Duplex,
  options: AttachmentOptions,
): Promise<AttachmentEnd> {
  const input = await target.input();
  const detector = options.tty ? new DetachDetector(options.detachKeys) : undefined;
  try {
    for await (const chunk of connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const { pass, detach } = detector?.feed(chunk) ?? { pass: chunk, detach: false };
      if (pass.byteLength > 0) await input?.write(pass);
      if (detach) return 'detached';
    }
  } catch {
    // A client that breaks off has ended its input, too.
  }
  if (options.closeInput && !options.tty) input?.end();
  return 'gone';
}
