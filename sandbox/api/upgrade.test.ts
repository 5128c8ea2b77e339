import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { sendJson } from './respond.ts';
import type { Route } from './router.ts';
import { createApiServer } from './server.ts';

/** Its connection is taken over, so that its body is read by hand. */
const START: Route = {
  method: 'POST',
  path: '/exec/:id/start',
  handle: async ({ request, response }) => {
    sendJson(response, 200, { bytes: (await text(request)).length });
  },
};

const TURNS = 20;

test.each([
  ['in one piece', ['{"Tty":false}']],
  ['in pieces, one after the other', ['{"Tty"', ':false', '}']],
  ['that is more than a stream keeps', ['x'.repeat(100_000), 'y'.repeat(100_000)]],
])('a body %s is read, and the process goes on meanwhile', async (_, pieces) => {
  const server = createApiServer([START]);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    client.destroy();
  });
  const length = pieces.join('').length;
  client.write(`POST /v1.41/exec/one/start HTTP/1.1\r\nHost: docker\r\nContent-Length: ${length}\r\n\r\n`);
  for (const piece of pieces) {
    // The server has a chance to see each for itself.
    for (let i = 0; i < TURNS; i++) await turn();
    client.write(piece);
  }
  expect(await text(client)).toContain(`{"bytes":${length}}`);
});
