import { describe, expect, it } from 'vitest';
import type { Digest } from '../oci/digest.ts';
import { logDetails } from './log-details.ts';

const details = (Config: Readonly<Record<string, string>>): string =>
  logDetails({
    id: '0123456789abcdef',
    name: '/box',
    image: 'sha256:abcdef' as Digest,
    config: { Image: 'busybox', Labels: { a: '1 2', b: '~*' }, Env: ['X=y=z', 'Y='] },
    hostConfig: { LogConfig: { Type: 'json-file', Config } },
  });

describe('details of a log', () => {
  it.each([
    [{}, ''],
    [{ 'max-size': '1k' }, ''],
    [{ labels: 'b,nosuch,a' }, 'a=1+2,b=~%2A'],
    [{ labels: 'a', env: 'Y,X' }, 'X=y%3Dz,Y=,a=1+2'],
    [{ tag: '{{.Name}}/{{ .ID }}', labels: 'a' }, 'a=1+2,tag=box%2F0123456789ab'],
    [{ tag: '{{.Nosuch}}' }, 'tag=%7B%7B.Nosuch%7D%7D'],
  ])('%o', (options, shown) => {
    expect(details(options as Record<string, string>)).toBe(shown);
  });
});
