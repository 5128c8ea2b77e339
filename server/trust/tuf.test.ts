import { expect, test } from 'vitest';

import { goTime } from './tuf.ts';

test.each([
  ['2026-11-21T10:00:00.000Z', '2026-11-21T10:00:00Z'],
  ['2026-11-21T10:00:00.120Z', '2026-11-21T10:00:00.12Z'],
  ['2026-11-21T10:00:10.100Z', '2026-11-21T10:00:10.1Z'],
  ['2026-11-21T10:00:00.007Z', '2026-11-21T10:00:00.007Z'],
])('%s is %s for Notary', (iso, go) => {
  expect(goTime(new Date(iso))).toBe(go);
});
