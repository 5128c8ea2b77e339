import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** One route of the Docker Engine API. `:name` matches one segment, `:name*` anything, slashes and nothing too. */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'DELETE';
  /** Without the version prefix: `/containers/:id/json`. */
  readonly path: string;
  readonly handle: (call: Call) => Promise<void>;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path's parameters, URI-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As negotiated by the path's version prefix, such as `1.41`. */
  readonly version: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /**
   * Takes the connection over (attach, exec, tunnels); answers 101 when the client asked to upgrade, to the `protocol` or to
   * plain bytes of `contentType`, else 200.
   */
  hijack(contentType: string, protocol?: string): Duplex;
  /** Takes the connection over as a websocket; throws `invalid` when the client did not ask for one. */
  webSocket(options: { readonly text: boolean }): Promise<Duplex>;
}
