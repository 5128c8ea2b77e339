/** What is told before a TLS connection is encrypted: the name of the server that the client wants. */
export type Greeting =
  | { readonly kind: 'incomplete' }
  /** No TLS, or nothing that says where to. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'name'; readonly name: string };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const RECORD_HEADER = 5;

/** Reads the first bytes of a connection (RFC 8446, section 4.1.2; server_name: RFC 6066, section 3). */
export function readGreeting(bytes: Buffer): Greeting {
  const message = handshakeOf(bytes);
  if (message === 'incomplete' || message === 'unknown') return { kind: message };
  try {
    const name = serverNameOf(new Reader(message));
    return name === undefined || !/^[a-z0-9._-]+$/i.test(name) ? { kind: 'unknown' } : { kind: 'name', name };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'unknown' };
    throw error;
  }
}

/** The body of the ClientHello, which may be spread over several records. */
function handshakeOf(bytes: Buffer): Buffer | 'incomplete' | 'unknown' {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const handshake = Buffer.concat(parts);
    if (handshake.length > 0 && handshake[0] !== CLIENT_HELLO) return 'unknown';
    if (handshake.length >= 4 && handshake.length >= 4 + handshake.readUIntBE(1, 3)) {
      return handshake.subarray(4, 4 + handshake.readUIntBE(1, 3));
    }
    if (bytes.length > at && bytes[at] !== HANDSHAKE) return 'unknown';
    if (bytes.length < at + RECORD_HEADER) return 'incomplete';
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0) return 'unknown';
    if (bytes.length < at + RECORD_HEADER + length) return 'incomplete';
    parts.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length));
    at += RECORD_HEADER + length;
  }
}

function serverNameOf(hello: Reader): string | undefined {
  hello.skip(2 + 32);
  hello.take(hello.number(1));
  hello.take(hello.number(2));
  hello.take(hello.number(1));
  const extensions = new Reader(hello.take(hello.number(2)));
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const data = new Reader(extensions.take(extensions.number(2)));
    if (type !== SERVER_NAME) continue;
    const names = new Reader(data.take(data.number(2)));
    while (names.left > 0) {
      const kind = names.number(1);
      const name = names.take(names.number(2));
      if (kind === HOST_NAME) return name.toString('latin1');
    }
  }
  return undefined;
}

/** Throws a RangeError past the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    this.take(count);
  }

  number(width: 1 | 2): number {
    return this.take(width).readUIntBE(0, width);
  }

  take(count: number): Buffer {
    if (count > this.left) throw new RangeError('past the end');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
