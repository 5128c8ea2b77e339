import { expect, test } from 'vitest';
import { joinLogged } from './crun.ts';
import { execFailureOf } from './crun-errors.ts';

test.each([0, 1, 254, 255, 256, 510, 511, 2000])(
  '%i bytes come back out of what crun makes of them',
  (count) => {
    const bytes = Buffer.from(
      Array.from({ length: count }, (_, place) => (place % 7 === 0 ? 10 : 65 + (place % 26))),
    );
    const logged = [];
    for (let at = 0; at < count; at += 255) logged.push(bytes.subarray(at, at + 255), Buffer.from('\n'));
    expect(joinLogged(Buffer.concat(logged)).equals(bytes)).toBe(true);
  },
);

test.each([
  [
    'exec container process (missing dynamic library?) `/bin/tool`: No such file or directory',
    'exec /bin/tool: no such file or directory',
  ],
  ['exec container process `/bin/a"b`: Exec format error', 'exec /bin/a"b: exec format error'],
  ['exec container process `/tool`: Permission denied', 'exec /tool: permission denied'],
  ['something else', undefined],
])('of a program that the kernel does not take: %s', (msg, words) => {
  const line = JSON.stringify({ msg, level: 'error', time: '2026-11-21T20:58:46.382598Z' });
  expect(execFailureOf(`${line}\n`)).toBe(words);
  expect(execFailureOf(`\u001b[1;31m${line}\u001b[0m\r\n`)).toBe(words);
});
