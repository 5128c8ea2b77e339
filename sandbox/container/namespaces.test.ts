import { expect, test } from 'vitest';
import { joinedById } from './namespaces.ts';

test.each([
  ['container:web', 'container:0123'],
  ['container:nosuch', 'container:nosuch'],
  ['container:', 'container:'],
  ['host', 'host'],
  ['', ''],
])('%j is kept as %j', (mode, kept) => {
  const registry = { find: (name: string) => (name === 'web' ? { id: '0123' } : undefined) };
  const joined = (value: string) => ({ PidMode: value, IpcMode: value, NetworkMode: value });
  expect(joinedById(registry, joined(mode))).toEqual(joined(kept));
});
