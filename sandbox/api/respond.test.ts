import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { EngineError } from '../oci/errors.ts';
import { RAW_STREAM, sendRawError } from './respond.ts';

test('an error of attach is a stream: the CLI takes all that follows the head for output', async () => {
  const server = createServer((_, response) => sendRawError(response, new EngineError('invalid', 'No.')));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('POST /containers/box/attach HTTP/1.1\r\nHost: docker\r\n\r\n');
  expect(await text(client)).toBe(`HTTP/1.1 400 Bad Request\r\nContent-Type: ${RAW_STREAM}\r\n\r\nNo.\r\n`);
  server.close();
});
