import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A client that sends more in one message is cut off, in bytes. */
const MESSAGE_LIMIT_BYTES = 1024 ** 2;

/** Answers the handshake on `socket`; messages both ways become a stream. `text`: what is sent goes as text messages. */
export async function openWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  { text }: { readonly text: boolean },
): Promise<Duplex> {
  const { WebSocketServer, createWebSocketStream } = await import('ws');
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MESSAGE_LIMIT_BYTES,
  });
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the handshake of a websocket failed')));
    server.handleUpgrade(request, socket, Buffer.alloc(0), (peer) => {
      if (text) {
        const send = peer.send.bind(peer) as (data: unknown, options: object, done: unknown) => void;
        peer.send = (data: unknown, done: unknown) => send(data, { binary: false }, done);
      }
      resolve(createWebSocketStream(peer));
    });
  });
}
