import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DockerfileError } from './error.ts';
import type { Instruction } from './model.ts';
import { parseDockerfile, parseTrigger } from './parse.ts';

/** The instructions behind `FROM x`, without where they stand. */
function read(text: string): object[] {
  return (parseDockerfile(`FROM x\n${text}`).stages[0]?.instructions ?? []).map(bare);
}

function bare({ lines, original, ...rest }: Instruction): object {
  expect(lines.start).toBeLessThanOrEqual(lines.end);
  expect(original.toLowerCase().startsWith(rest.kind)).toBe(true);
  return rest;
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DockerfileError) return error.message;
    throw error;
  }
  return '';
}

const shell = (line: string): object => ({ form: 'shell', line });
const exec = (...argv: string[]): object => ({ form: 'exec', argv });
const run = { kind: 'run', mounts: [] };
const copy = { kind: 'copy', sources: [], files: [], link: false, exclude: [], parents: false };

test.each<[string, object[]]>([
  ['RUN a  b # c', [{ ...run, command: shell('a  b # c') }]],
  ['  run ["a", "b c"]  ', [{ ...run, command: exec('a', 'b c') }]],
  ["RUN ['a']", [{ ...run, command: shell("['a']") }]],
  ['RUN', [{ ...run, command: shell('') }]],
  ['RUN []', [{ ...run, command: exec() }]],
  ['RUN a \\\n  && b\\\n# c\n  # d\n\\\n c', [{ ...run, command: shell('a   && b c') }]],
  [
    'RUN a \\\\\nRUN b',
    [
      { ...run, command: shell('a \\\\') },
      { ...run, command: shell('b') },
    ],
  ],
  ['RUN a \\', [{ ...run, command: shell('a') }]],
  [
    'RUN a\r\n# c\r\n\r\nRUN b\r\n',
    [
      { ...run, command: shell('a') },
      { ...run, command: shell('b') },
    ],
  ],
  ['CMD a "b"', [{ kind: 'cmd', command: shell('a "b"') }]],
  ['CMD', [{ kind: 'cmd', command: shell('') }]],
  ['ENTRYPOINT ["a"]', [{ kind: 'entrypoint', command: exec('a') }]],
  ['ENTRYPOINT', [{ kind: 'entrypoint', command: exec() }]],
  [
    'ENV a=b c="d e" f=g\\ h\\\n  i=',
    [
      {
        kind: 'env',
        pairs: [
          { key: 'a', value: 'b' },
          { key: 'c', value: '"d e"' },
          { key: 'f', value: 'g\\ h' },
          { key: 'i', value: '' },
        ],
      },
    ],
  ],
  ['ENV a  b=c  "d" ', [{ kind: 'env', pairs: [{ key: 'a', value: 'b=c  "d"' }] }]],
  ['LABEL "a b"="c" d', []],
  [
    'ARG a b=c d=',
    [{ kind: 'arg', args: [{ key: 'a' }, { key: 'b', value: 'c' }, { key: 'd', value: '' }] }],
  ],
  ['COPY a b c/', [{ ...copy, sources: ['a', 'b'], dest: 'c/' }]],
  ['COPY ["a b", "c"]', [{ ...copy, sources: ['a b'], dest: 'c' }]],
  [
    'COPY --from=0 --chown=1:2 --chmod=755 --link --exclude=*.md --exclude=x --parents a b',
    [
      {
        ...copy,
        sources: ['a'],
        dest: 'b',
        from: '0',
        chown: '1:2',
        chmod: '755',
        link: true,
        exclude: ['*.md', 'x'],
        parents: true,
      },
    ],
  ],
  [
    'ADD --checksum=sha256:1 --keep-git-dir=false --unpack=true a b',
    [
      {
        kind: 'add',
        sources: ['a'],
        files: [],
        dest: 'b',
        link: false,
        exclude: [],
        checksum: 'sha256:1',
        keepGitDir: false,
        unpack: true,
      },
    ],
  ],
  ['WORKDIR /a b', [{ kind: 'workdir', path: '/a b' }]],
  ['USER a:b', [{ kind: 'user', user: 'a:b' }]],
  ['EXPOSE 80/udp 443 22', [{ kind: 'expose', ports: ['22', '443', '80/udp'] }]],
  ['VOLUME /a /b', [{ kind: 'volume', paths: ['/a', '/b'] }]],
  ['VOLUME ["/a b"]', [{ kind: 'volume', paths: ['/a b'] }]],
  ['STOPSIGNAL SIGINT', [{ kind: 'stopsignal', signal: 'SIGINT' }]],
  ['SHELL ["a", "-c"]', [{ kind: 'shell', argv: ['a', '-c'] }]],
  ['MAINTAINER A <a@b>', [{ kind: 'maintainer', name: 'A <a@b>' }]],
  ['ONBUILD  RUN  a', [{ kind: 'onbuild', trigger: 'RUN  a' }]],
  ['HEALTHCHECK NONE', [{ kind: 'healthcheck', health: { Test: ['NONE'] } }]],
  [
    'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1h --retries=3 cmd a b',
    [
      {
        kind: 'healthcheck',
        health: { Test: ['CMD-SHELL', 'a b'], Interval: 90e9, Timeout: 5e8, StartPeriod: 3600e9, Retries: 3 },
      },
    ],
  ],
  ['HEALTHCHECK CMD ["a"]', [{ kind: 'healthcheck', health: { Test: ['CMD', 'a'] } }]],
  [
    'RUN --mount=type=cache,target=/a,sharing=locked,\\"id=x,y\\",uid=1,mode=0755 --network=none --security=insecure --mount=src=b,dst=/c,rw d',
    [
      {
        ...run,
        command: shell('d'),
        mounts: [
          {
            type: 'cache',
            target: '/a',
            sharing: 'locked',
            id: 'x,y',
            uid: 1,
            mode: 0o755,
            readOnly: false,
            required: false,
          },
          { type: 'bind', source: 'b', target: '/c', readOnly: false, required: false },
        ],
        network: 'none',
        security: 'insecure',
      },
    ],
  ],
  [
    'RUN --mount=type=secret,id=a,required,env=B --mount=type=tmpfs,target=/t,size=64m -- d --x',
    [
      {
        ...run,
        command: shell('d --x'),
        mounts: [
          { type: 'secret', id: 'a', env: 'B', readOnly: true, required: true },
          { type: 'tmpfs', target: '/t', size: 67_108_864, readOnly: false, required: false },
        ],
      },
    ],
  ],
])('%j', (text, expected) => {
  if (expected.length === 0) expect(() => read(text)).toThrow(DockerfileError);
  else expect(read(text)).toEqual(expected);
});

test.each<[string, object[]]>([
  [
    'RUN <<EOF\na\n  # b\n\nc\nEOF\nUSER x',
    [
      { ...run, command: shell('a\n  # b\n\nc\n') },
      { kind: 'user', user: 'x' },
    ],
  ],
  [
    'RUN <<-"EOF"\n\t#!/bin/sh\n\t a\n\tEOF',
    [
      {
        ...run,
        command: shell('#!/bin/sh\n a\n'),
        script: { name: 'EOF', expand: false, content: '#!/bin/sh\n a\n' },
      },
    ],
  ],
  [
    'RUN cat <<A >a && cat <<-B\nx\nA\n\ty\n\tB',
    [{ ...run, command: shell('cat <<A >a && cat <<-B\nx\nA\n\ty\nB') }],
  ],
  ['RUN ["cat", "<<EOF"]', [{ ...run, command: exec('cat', '<<EOF') }]],
  ['RUN echo "<<EOF" 1<<2', [{ ...run, command: shell('echo "<<EOF" 1<<2') }]],
  ['RUN echo $((1 << 2)) a<<<b', [{ ...run, command: shell('echo $((1 << 2)) a<<<b') }]],
  [
    "COPY <<a.txt <<'b' c /d/\r\n1 $x\r\na.txt\r\n2 $x\nb\n",
    [
      {
        ...copy,
        sources: ['c'],
        files: [
          { name: 'a.txt', expand: true, content: '1 $x\r\n' },
          { name: 'b', expand: false, content: '2 $x\n' },
        ],
        dest: '/d/',
      },
    ],
  ],
  ['ONBUILD RUN <<E\na\nE', [{ kind: 'onbuild', trigger: 'RUN <<E\na\nE' }]],
])('heredocs: %j', (text, expected) => {
  // The number before `<<` is a descriptor, so that one is a heredoc as well.
  if (text.includes('1<<2')) expect(() => read(text)).toThrow('unterminated heredoc');
  else expect(read(text)).toEqual(expected);
});

test('has the lines and the text of every instruction', () => {
  const text =
    '\ufeff# escape=`\n# Syntax = a/b:1 \nARG v=1\n\nFROM `\n  $v AS Base\nRUN a `\n\n b\nFROM base\n';
  expect(parseDockerfile(text)).toEqual({
    escape: '`',
    syntax: 'a/b:1',
    metaArgs: [
      { kind: 'arg', args: [{ key: 'v', value: '1' }], lines: { start: 3, end: 3 }, original: 'ARG v=1' },
    ],
    stages: [
      {
        name: 'base',
        base: '$v',
        lines: { start: 5, end: 6 },
        original: 'FROM   $v AS Base',
        instructions: [{ ...run, command: shell('a  b'), lines: { start: 7, end: 9 }, original: 'RUN a  b' }],
      },
      { base: 'base', lines: { start: 10, end: 10 }, original: 'FROM base', instructions: [] },
    ],
    warnings: [
      '[WARNING]: Empty continuation line found in:',
      '    RUN a  b',
      '[WARNING]: Empty continuation lines will become errors in a future release.',
    ],
  });
});

test.each([
  ['# x=y\n# escape=`\nFROM a', '\\'],
  ['\n# escape=`\nFROM a', '\\'],
  ['#escape=\\\nFROM a', '\\'],
])('%j has the escape character %s', (text, escape) => {
  expect(parseDockerfile(text).escape).toBe(escape);
});

const parseError = (line: number, message: string): string =>
  `dockerfile parse error line ${line}: ${message}`;
const lexical = (message: string): string => `failed to parse Dockerfile: ${message}`;

/** Heard from dockerd 20.10. */
test.each([
  ['', lexical('file with no instructions')],
  ['# c\n\n', lexical('file with no instructions')],
  ['FRM x', parseError(1, 'unknown instruction: FRM')],
  ['RUN a', 'no build stage in current context'],
  ['ARG a\nRUN b', 'no build stage in current context'],
  ['FROM', parseError(1, 'FROM requires either one or three arguments')],
  ['FROM a as', parseError(1, 'FROM requires either one or three arguments')],
  ['FROM a as b c', parseError(1, 'FROM requires either one or three arguments')],
  [
    'FROM a as 1x',
    parseError(1, `invalid name for build stage: "1x", name can't start with a number or contain symbols`),
  ],
  ['FROM --platform a', parseError(1, 'Missing a value on flag: platform')],
  ['FROM --foo=1 a', parseError(1, 'Unknown flag: foo')],
  ['FROM a\nFRM x\nENV y', lexical('ENV must have two arguments')],
  ['FROM a\n\n\nENV', parseError(4, 'ENV requires at least one argument')],
  ['FROM a\nENV a=b c', lexical(`Syntax error - can't find = in "c". Must be of the form: name=value`)],
  ['FROM a\nENV =b', parseError(2, 'ENV names can not be blank')],
  ['FROM a\nLABEL a', lexical('LABEL must have two arguments')],
  ['FROM a\nARG', parseError(2, 'ARG requires at least one argument')],
  ['FROM a\nARG =c', parseError(2, 'ARG names can not be blank')],
  ['FROM a\nRUN ["a", 1]', lexical('when using JSON array syntax, arrays must be comprised of strings only')],
  ['FROM a\nRUN --foo b', parseError(2, 'Unknown flag: foo')],
  [
    'FROM a\nCOPY a',
    parseError(
      2,
      'COPY requires at least two arguments, but only one was provided. Destination could not be determined',
    ),
  ],
  ['FROM a\nCOPY --chown f g', parseError(2, 'Missing a value on flag: chown')],
  ['FROM a\nCOPY --chown=1 --chown=2 f g', parseError(2, 'Duplicate flag specified: chown')],
  ['FROM a\nCOPY --link=x f g', parseError(2, 'Expecting boolean value for flag link, not: x')],
  ['FROM a\nWORKDIR', parseError(2, 'WORKDIR requires exactly one argument')],
  ['FROM a\nUSER --x y', parseError(2, 'Unknown flag: x')],
  ['FROM a\nVOLUME []', parseError(2, 'VOLUME requires at least one argument')],
  ['FROM a\nVOLUME [""]', parseError(2, 'VOLUME specified can not be an empty string')],
  ['FROM a\nSHELL sh -c', parseError(2, 'SHELL requires the arguments to be in JSON form')],
  ['FROM a\nONBUILD', parseError(2, 'ONBUILD requires at least one argument')],
  ['FROM a\nONBUILD from x', parseError(2, "FROM isn't allowed as an ONBUILD trigger")],
  ['FROM a\nONBUILD ONBUILD RUN x', parseError(2, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")],
  ['FROM a\nHEALTHCHECK NONE x', parseError(2, 'HEALTHCHECK NONE takes no arguments')],
  ['FROM a\nHEALTHCHECK CMD', parseError(2, 'Missing command after HEALTHCHECK CMD')],
  ['FROM a\nHEALTHCHECK foo bar', parseError(2, 'Unknown type "FOO" in HEALTHCHECK (try CMD)')],
  ['FROM a\nHEALTHCHECK --interval=1 CMD b', parseError(2, 'time: missing unit in duration "1"')],
  ['FROM a\nHEALTHCHECK --timeout=1us CMD b', parseError(2, 'Interval "timeout" cannot be less than 1ms')],
  ['FROM a\nHEALTHCHECK --retries=0 CMD b', parseError(2, '--retries must be at least 1 (not 0)')],
  ['FROM a\nHEALTHCHECK --retries=a CMD b', parseError(2, 'strconv.ParseInt: parsing "a": invalid syntax')],
  ['# escape=x\nFROM a', lexical("invalid escape token 'x' does not match ` or \\")],
  ['# escape=`\n# escape=`\nFROM a', lexical('only one escape parser directive can be used')],
  [`FROM a\nENV a=${'x'.repeat(65_530)}`, lexical('dockerfile line greater than max allowed size of 65535')],
  // Heard from BuildKit, whose syntax these are.
  ['FROM a\nRUN <<E\nb', lexical('unterminated heredoc')],
  ['FROM a\nRUN --mount=type=x b', parseError(2, 'unsupported mount type "x"')],
  ['FROM a\nRUN --mount=target b', parseError(2, "invalid field 'target' must be a key=value pair")],
  ['FROM a\nRUN --mount=foo=1 b', parseError(2, "unexpected key 'foo' in 'foo=1'")],
])('refuses %j', (text, message) => {
  expect(messageOf(() => parseDockerfile(text))).toBe(message);
});

test('a line may have 65535 bytes', () => {
  expect(read(`ENV a=${'x'.repeat(65_529)}\n`)).toHaveLength(1);
});

test('a trigger is one instruction', () => {
  expect(bare(parseTrigger('COPY . /src'))).toEqual({ ...copy, sources: ['.'], dest: '/src' });
  expect(() => parseTrigger('RUN a\nRUN b')).toThrow('onbuild trigger should be a single expression');
  expect(() => parseTrigger('foo')).toThrow('unknown instruction: FOO');
});

const FRAGMENTS = [
  ...[
    'FROM a',
    'FROM a AS b',
    'RUN',
    'COPY',
    'ENV',
    'ONBUILD',
    'HEALTHCHECK',
    '# escape=`',
    '<<E',
    'E',
    '--x=1',
  ],
  ...[
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\\',
    '`',
    '"',
    "'",
    '[',
    ']',
    '=',
    '$',
    '{',
    '}',
    '#',
    ',',
    '--mount=',
    '\u0085',
    '\ud800',
  ],
];

test('throws nothing but its own error, whatever the text', () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 3 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, (parts) => {
      try {
        parseDockerfile(`FROM x\n${parts.join('')}`);
      } catch (error) {
        expect(error).toBeInstanceOf(DockerfileError);
      }
    }),
    { numRuns: 400 },
  );
});

test.each([
  ['ONBUILDs within each other', `FROM a\n${'ONBUILD \\\n'.repeat(50_000)}`],
  ['blanks', `FROM a\nRUN ${' '.repeat(60_000)}x${' '.repeat(5_000)}`],
  ['continued lines', `FROM a\nRUN ${'x \\\n'.repeat(100_000)}`],
  ['flags', `FROM a\nRUN ${'--a=\\ '.repeat(10_000)}`],
  ['quotes', `FROM a\nENV a=${`"'`.repeat(30_000)}`],
  ['heredocs', `FROM a\nRUN ${'<<a '.repeat(10_000)}\n${'a\n'.repeat(10_000)}`],
  ['carriage returns', `FROM a\nRUN <<E\n${'\r'.repeat(60_000)}x\nE`],
  ['a mount', `FROM a\nRUN --mount=${'a,'.repeat(30_000)} x`],
])('comes to an end with many %s', (_, text) => {
  try {
    parseDockerfile(text);
  } catch (error) {
    expect(error).toBeInstanceOf(DockerfileError);
  }
});
