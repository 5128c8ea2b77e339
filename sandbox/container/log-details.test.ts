import { describe, expect, it } from 'vitest';
import type { Digest } from '../oci/digest.ts';
import { logDetails } from './log-details.ts';

const details = (Config: Readonly<Record<string, string>>): string =>
  logDetails({
    id: '0123456789abcdef',
    name: 'box',
    image: 'sha256:abcdef' as Digest,
    path: 'echo',
    args: ['a', 'b'],
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
    [{ tag: '{{.Command}}{{.ContainerName}}' }, 'tag=echo+a+b%2Fbox'],
    [{ 'labels-regex': '^[ac]' }, 'a=1+2'],
    [{ 'labels-regex': '(?i)A', labels: 'b' }, 'a=1+2,b=~%2A'],
    [{ 'labels-regex': '' }, ''],
    [{ 'env-regex': 'X|nosuch' }, 'X=y%3Dz'],
  ])('%o', (options, shown) => {
    expect(details(options as Record<string, string>)).toBe(shown);
  });

  it.each([
    [{ 'labels-regex': '(' }, 'error parsing regexp: missing closing ): `(`'],
    [{ 'env-regex': '*' }, 'error parsing regexp: missing argument to repetition operator: `*`'],
    [{ 'env-regex': 'a(?=x)' }, 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    [{ tag: '{{.Name' }, 'template: log-tag:1: unclosed action'],
  ])('refuse %o', (options, words) => {
    expect(() => details(options as Record<string, string>)).toThrow(words);
  });
});
