import { describe, expect, test } from 'vitest';
import {
  familiarReference,
  fullReference,
  parseAnyReference,
  parseReference,
  withDefaultTag,
  withTag,
} from './reference.ts';

const HEX = 'a'.repeat(64);

describe('parseReference', () => {
  test.each([
    ['debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['debian:12', 'docker.io/library/debian:12', 'debian:12'],
    ['library/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['index.docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['team/tool', 'docker.io/team/tool:latest', 'team/tool:latest'],
    ['library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
    ['localhost/a', 'localhost/a:latest', 'localhost/a:latest'],
    ['reg.example:5000/team/a:1', 'reg.example:5000/team/a:1', 'reg.example:5000/team/a:1'],
    ['a__b--c.d_e', 'docker.io/library/a__b--c.d_e:latest', 'a__b--c.d_e:latest'],
    ['a-b_c.d/e', 'a-b_c.d/e:latest', 'a-b_c.d/e:latest'],
    ['Reg.Example/a', 'Reg.Example/a:latest', 'Reg.Example/a:latest'],
    [`a:1@sha256:${HEX}`, `docker.io/library/a:1@sha256:${HEX}`, `a:1@sha256:${HEX}`],
  ])('%s', (typed, full, familiar) => {
    const reference = withDefaultTag(parseReference(typed));
    expect(fullReference(reference)).toBe(full);
    expect(familiarReference(reference)).toBe(familiar);
  });

  test.each([
    ['', 'invalid reference format'],
    ['A', 'invalid reference format: repository name must be lowercase'],
    ['a:', 'invalid reference format'],
    ['a:!', 'invalid reference format'],
    ['a:b:c', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['a/../b', 'invalid reference format'],
    ['a.', 'invalid reference format'],
    ['a___b', 'invalid reference format'],
    [`a:${'t'.repeat(129)}`, 'invalid reference format'],
    ['a@sha256:0000', 'invalid reference format'],
    [`a@sha256:${'0'.repeat(40)}`, 'invalid checksum digest length'],
    [`a@md5:${'0'.repeat(32)}`, 'unsupported digest algorithm'],
    [HEX, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`],
    ['a'.repeat(256), 'repository name must not be more than 255 characters'],
  ])('refuses %j', (typed, message) => {
    expect(() => parseReference(typed)).toThrow(message);
  });

  test('does not backtrack over a long hostile name', () => {
    // A pattern that backtracks would not come to an end before the test runner does.
    expect(() => parseReference(`${'a-'.repeat(20_000)}!`)).toThrow('invalid reference format');
  });
});

test('a whole id is a digest, not a name', () => {
  expect(parseAnyReference(HEX)).toBe(`sha256:${HEX}`);
  expect(parseAnyReference(`sha256:${HEX}`)).toBe(`sha256:${HEX}`);
});

test('a bad tag is refused', () => {
  expect(() => withTag(parseReference('a'), '-x')).toThrow('invalid tag format');
});
