import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DockerfileError } from './error.ts';
import { expandWord, expandWords } from './expand.ts';

const VARIABLES: Readonly<Record<string, string>> = {
  a: 'b',
  empty: '',
  path: '/usr/local/bin.d',
  two: 'x  y',
};
const lookup = (name: string): string | undefined => VARIABLES[name];
const expand = (word: string): string => expandWord(word, lookup, '\\');

test.each([
  ['plain', 'plain'],
  ['$a', 'b'],
  ['${a}c', 'bc'],
  ['$ac', ''],
  ['$a.c', 'b.c'],
  ['$', '$'],
  ['a$ b', 'a$ b'],
  ['$$', ''],
  ['$1a', 'a'],
  ['\\$a', '$a'],
  ['\\\\$a', '\\b'],
  ['"$a"', 'b'],
  ["'$a'", '$a'],
  [`"it's"`, "it's"],
  [`'say "x"'`, 'say "x"'],
  ['"\\"\\$a\\z\\\\"', '"$a\\z\\'],
  ['a\\', 'a'],
  ['"a\\', undefined],
  ['x\\ y', 'x y'],
  ['${a:-no}', 'b'],
  ['${none:-no}', 'no'],
  ['${empty:-no}', 'no'],
  ['${empty-no}', ''],
  ['${none-no}', 'no'],
  ['${a:+yes}', 'yes'],
  ['${empty:+yes}', ''],
  ['${empty+yes}', 'yes'],
  ['${none+yes}', ''],
  ['${none:-${empty:-$a}}', 'b'],
  ['${none:-"a b"}', 'a b'],
  ['${none:-\\}}', '}'],
  ['${a:?bad}', 'b'],
  ['${empty?bad}', ''],
  ['${path#/usr}', '/local/bin.d'],
  ['${path#*/}', 'usr/local/bin.d'],
  ['${path##*/}', 'bin.d'],
  ['${path%/*}', '/usr/local'],
  ['${path%%/*}', ''],
  ['${path%.?}', '/usr/local/bin'],
  ['${path%.}', '/usr/local/bin.d'],
  ['${path/usr/opt}', '/opt/local/bin.d'],
  ['${path//\\//-}', '-usr-local-bin.d'],
  ['${path//l*l/X}', '/usr/X/bin.d'],
  ['${path//?/x}', 'xxxxxxxxxxxxxxxx'],
  ['${path/nothing/x}', '/usr/local/bin.d'],
  ['${path#\\*}', '/usr/local/bin.d'],
  ['${a//b/$a\\$}', 'b\\$'],
  ['ä$a€', 'äb€'],
])('%s is %j', (word, expected) => {
  if (expected === undefined) expect(() => expand(word)).toThrow(DockerfileError);
  else expect(expand(word)).toBe(expected);
});

test.each([
  ['"x', '"\\"x": unexpected end of statement while looking for matching double-quote'],
  ["'x", `"'x": unexpected end of statement while looking for matching single-quote`],
  ['${', `"\${": syntax error: missing '}'`],
  ['${}', '"${}": syntax error: bad substitution'],
  ['${:-x}', '"${:-x}": syntax error: bad substitution'],
  ['${a', `"\${a": missing ':' in substitution`],
  ['${a!}', `"\${a!}": missing ':' in substitution`],
  ['${a:x}', '"${a:x}": unsupported modifier (x) in substitution'],
  ['${a:-${b', `"\${a:-\${b": syntax error: missing '}'`],
  ['${none:?w}', '"${none:?w}": none: w'],
  ['${none?}', '"${none?}": none: is not allowed to be unset'],
  ['${empty:?}', '"${empty:?}": empty: is not allowed to be empty'],
  ['\u0001"x', '"\\x01\\"x": unexpected end of statement while looking for matching double-quote'],
  ['${path#\\a}', `"\${path#\\\\a}": invalid pattern (\\a) in substitution: invalid escape '\\a'`],
  ['${path/x', `"\${path/x": syntax error: missing '/' in \${}`],
])('refuses %s', (word, message) => {
  expect(() => expand(word)).toThrow(`failed to process ${message}`);
});

test.each<[string, string[]]>([
  ['a  b\tc', ['a', 'b', 'c']],
  ['$two', ['x', 'y']],
  ['"$two"', ['x  y']],
  ['a"b c"d e\\ f', ['ab cd', 'e f']],
  ['$none', []],
  ['""', []],
])('%s has the words %j', (word, expected) => {
  expect(expandWords(word, lookup, '\\')).toEqual(expected);
});

test('takes another escape character', () => {
  expect(expandWord('C:\\x `$a `` "`""', lookup, '`')).toBe('C:\\x $a ` "');
});

test('throws nothing but its own error, whatever the text', () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('${}:-+?#%/\\\'"a *b€\n')), maxLength: 60 });
  fc.assert(
    fc.property(text, (word) => {
      try {
        expand(word);
      } catch (error) {
        expect(error).toBeInstanceOf(DockerfileError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('takes patterns as a shell does', () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 5 });
  const value = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, value, (parts, text) => {
      const process = (word: string): string => expandWord(word, () => text, '\\');
      const greedy = parts.map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part)).join('');
      const shortest = greedy.replaceAll('.*', '.*?');
      const written = parts.join('');
      expect(process(`\${x#${written}}`)).toBe(text.replace(new RegExp(`^${shortest}`, 'u'), ''));
      expect(process(`\${x##${written}}`)).toBe(text.replace(new RegExp(`^${greedy}`, 'u'), ''));
      expect(process(`\${x%%${written}}`)).toBe(text.replace(new RegExp(`${greedy}$`, 'u'), ''));
      expect(process(`\${x/${written}/-}`)).toBe(text.replace(new RegExp(greedy, 'u'), '-'));
      if (!parts.includes('*')) {
        expect(process(`\${x//${written}/-}`)).toBe(text.replaceAll(new RegExp(greedy, 'gu'), '-'));
      }
    }),
  );
});

test('bounds nesting, and the work of a pattern', () => {
  expect(() => expand('${x:-'.repeat(5000))).toThrow(DockerfileError);
  const long = (): string => 'a'.repeat(60_000);
  expect(expandWord('${x//a*b/c}', long, '\\')).toBe(long());
  expect(() => expandWord(`\${x//${'a'.repeat(1000)}/c}`, long, '\\')).toThrow('expression too large');
});
