import { connect, type Socket } from 'node:net';

/** Bytes of an answer's head that are read before it is given up. */
const HEAD_LIMIT = 16 * 1024;

/**
 * Opens one of the engine's channels (`sandbox/engine/routes.ts`): a POST that is answered by 101, after which the socket
 * carries raw bytes both ways. It is made by hand, since Node's HTTP client ends a connection when one side has ended.
 */
export function openChannel(engineSocket: string, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: engineSocket, allowHalfOpen: true });
    let head = Buffer.alloc(0);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const ended = (): void => fail(new Error('The engine has closed the connection.'));
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length > HEAD_LIMIT) fail(new Error('The engine did not answer in HTTP.'));
      if (end < 0) return;
      socket.pause();
      for (const event of ['data', 'error', 'end'] as const) socket.removeAllListeners(event);
      const status = head.toString('latin1', 0, end).split('\r\n')[0] ?? '';
      if (!status.startsWith('HTTP/1.1 101 ')) {
        fail(new Error(`The engine answered: ${status}`));
        return;
      }
      if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
      resolve(socket);
    };
    socket.on('data', onData);
    socket.on('error', fail);
    socket.on('end', ended);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`,
    );
  });
}
