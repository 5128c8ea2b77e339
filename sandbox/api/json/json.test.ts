import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decode, parseFirst } from './decode.ts';
import { CONTAINER } from './requests.ts';
import { endOfFirstValue } from './syntax.ts';

/** What Go's `json.NewDecoder(…).Decode` says of each. */
const MISTAKES: readonly [text: string, message: string][] = [
  ['', 'EOF'],
  [' \n', 'EOF'],
  ['{', 'unexpected EOF'],
  ['"a', 'unexpected EOF'],
  ['tru', 'unexpected EOF'],
  ['hello', "invalid character 'h' looking for beginning of value"],
  ['trap', "invalid character 'a' in literal true (expecting 'u')"],
  ['{a', "invalid character 'a' looking for beginning of object key string"],
  ['{"a"}', "invalid character '}' after object key"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['[1 2]', "invalid character '2' after array element"],
  ['[,]', "invalid character ',' looking for beginning of value"],
  ["['a']", `invalid character '\\'' looking for beginning of value`],
  ['"\n"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['-a', "invalid character 'a' in numeric literal"],
  ['1.a', "invalid character 'a' after decimal point in numeric literal"],
  ['1ea', "invalid character 'a' in exponent of numeric literal"],
];

describe('JSON syntax', () => {
  it.each(MISTAKES)('%j: %s', (text, message) => {
    expect(() => endOfFirstValue(text)).toThrow(message);
  });

  it('goes as deep as Go, and no deeper', () => {
    expect(() => endOfFirstValue('{"a":'.repeat(10_000))).toThrow('unexpected EOF');
    expect(() => endOfFirstValue('['.repeat(10_001))).toThrow("invalid character '[' exceeded max depth");
  });

  it('finds the end of a value, whatever stands behind it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', ' ', '\n{', '}', ' x'), (json, rest) => {
        fc.pre(!/\d$/.test(json) || rest !== '');
        expect(endOfFirstValue(json + rest)).toBe(json.length);
        expect(parseFirst(json + rest)).toEqual(JSON.parse(json));
      }),
    );
  });

  it('refuses what JSON.parse refuses, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const accepts = (read: () => unknown): boolean => {
          try {
            read();
            return true;
          } catch {
            return false;
          }
        };
        if (accepts(() => JSON.parse(text))) expect(endOfFirstValue(text)).toBeLessThanOrEqual(text.length);
        else if (accepts(() => endOfFirstValue(text))) expect(() => parseFirst(text)).not.toThrow();
      }),
    );
  });
});

describe('decoding a struct', () => {
  const read = (value: object) => decode(value, CONTAINER);

  it('takes keys of any case, and leaves out what it does not know and what is null', () => {
    expect(read({ image: 'busybox', CMD: 'true', Nonsense: 1, Env: null })).toEqual({
      Image: 'busybox',
      Cmd: ['true'],
    });
  });

  it.each<[object, string]>([
    [{ Cmd: 7 }, 'number into Go struct field ContainerConfigWrapper.Cmd of type string'],
    [{ Cmd: ['a', 1] }, 'array into Go struct field ContainerConfigWrapper.Cmd of type string'],
    [{ Env: 'A' }, 'string into Go struct field ContainerConfigWrapper.Env of type []string'],
    [{ Labels: { a: 1 } }, 'number into Go struct field ContainerConfigWrapper.Labels of type string'],
    [
      { Healthcheck: { Test: 'a' } },
      'string into Go struct field HealthConfig.Healthcheck.Test of type []string',
    ],
    [
      { HostConfig: { Memory: 1.5 } },
      'number 1.5 into Go struct field HostConfig.HostConfig.Memory of type int64',
    ],
    [
      { HostConfig: { Ulimits: {} } },
      'object into Go struct field HostConfig.HostConfig.Ulimits of type []*units.Ulimit',
    ],
    [
      { HostConfig: [] },
      'array into Go struct field ContainerConfigWrapper.HostConfig of type container.HostConfig',
    ],
  ])('%j', (value, message) => {
    expect(() => read(value)).toThrow(`json: cannot unmarshal ${message}`);
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('Image', 'HostConfig', 'Env', 'Cmd'), fc.jsonValue()),
        (value) => {
          try {
            read(value);
          } catch (error) {
            expect(error).toHaveProperty('name', 'JsonTypeError');
          }
        },
      ),
    );
  });
});
