import { expect, test } from 'vitest';
import { joinLogged } from './crun.ts';

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
