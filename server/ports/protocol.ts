/** Ports that containers of the machine publish, and the way to what answers there. */

/** A TCP port of the machine that leads to a container. */
export interface PortView {
  readonly port: number;
  readonly container: string;
}

type PortAnswer =
  | { readonly ok: true; readonly value: { readonly url: string } }
  | { readonly ok: false; readonly error: string };

export interface PortsClientToServer {
  /** From now on the page is told of ports. */
  'ports:watch': (message: null) => void;
  /** An address that opens the port once, within a minute, on an origin of its own. */
  'ports:open': (request: { port: number }, reply: (answer: PortAnswer) => void) => void;
}

export interface PortsServerToClient {
  /** All of them, lowest first; on `ports:watch` and on every change. */
  ports: (ports: readonly PortView[]) => void;
}
