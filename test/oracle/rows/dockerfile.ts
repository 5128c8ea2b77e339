import type { Row } from '../row.ts';

/** Builds `text` as `im`, shows how it ended, and then runs `after`. */
const build = (text: string, after = '', options = ''): string =>
  `cat >Dockerfile <<'END'\n${text}\nEND\ndocker build ${options} -t im .; echo "= $?"\n${after}\n`;

/** The same with one Dockerfile for each of `lines`, which follows a FROM. */
const each = (lines: readonly string[], after = ''): string =>
  lines.map((line) => build(`FROM busybox\n${line}`, after)).join('');

const show = (field: string): string => `docker inspect -f '{{json .Config${field}}}' im`;
const CREATED = "docker history --no-trunc --format '{{.CreatedBy}}|{{.Size}}' im";

const words: readonly Row[] = [
  [
    'Dockerfile: EXPOSE with what belongs to the host',
    each(
      [
        'EXPOSE 80/ 81/tcp/x',
        'EXPOSE x:80',
        'EXPOSE 90-91:80-82',
        'EXPOSE 1.2.3:80:80',
        'EXPOSE [::1]:80:80',
        'EXPOSE 80:',
      ],
      show('.ExposedPorts'),
    ),
  ],
  [
    'Dockerfile: EXPOSE of no port',
    each([
      'EXPOSE 80/foo',
      'EXPOSE 70000',
      'EXPOSE 80-70',
      'EXPOSE a-b',
      'EXPOSE [80]',
      'EXPOSE /tcp',
      'EXPOSE 80-81-82',
      'EXPOSE',
    ]),
  ],
  [
    'Dockerfile: what follows a list',
    each(
      [
        'ENTRYPOINT ["a","]"]x"y"',
        'COPY ["Dockerfile", "/o"] x',
        'VOLUME ["/v"] /w',
        'SHELL ["a","b"] c',
        'HEALTHCHECK CMD ["a"] b',
        'ONBUILD CMD ["a"] b',
      ],
      show(''),
    ),
  ],
  [
    'Dockerfile: lists that are none',
    each(
      [
        'CMD ["a",]',
        "CMD ['a']",
        'CMD ["a\\u0041"]',
        'CMD [1,2]',
        'CMD [["a"]] x',
        'CMD ["$HOME"]',
        'CMD',
        'ENTRYPOINT []',
      ],
      show('.Cmd'),
    ),
  ],
  [
    'Dockerfile: signals',
    each(
      [
        'STOPSIGNAL 65',
        'STOPSIGNAL -1',
        'STOPSIGNAL RTMIN+15',
        'STOPSIGNAL RTMIN+16',
        'STOPSIGNAL RTMAX-15',
        'STOPSIGNAL CLD',
        'STOPSIGNAL 0',
        'STOPSIGNAL a b',
      ],
      show('.StopSignal'),
    ),
  ],
  [
    'Dockerfile: FROM with a platform',
    ['foo', 'linux', 'a/b/c/d', '', 'linux/arm64']
      .map((each) => build(`FROM --platform=${each} busybox\nENV a=1`))
      .join(''),
  ],
  [
    'Dockerfile: names of stages',
    [
      'FROM busybox as X1\nFROM x1',
      'FROM busybox AS 1x',
      'FROM busybox AS a b',
      'FROM busybox AS',
      'FROM busybox AS x/y',
      'FROM "busybox"',
      'FROM busybox latest',
      'FROM scratch AS x\nFROM x',
      'FROM busybox AS scratch',
      'FROM scratch:1',
    ]
      .map((text) => build(text))
      .join(''),
    { differs: 'hub', mask: /\nThis machine has no way to a hub[^\n.]*/gu },
  ],
  [
    'Dockerfile: ARG before FROM',
    [
      'ARG V=latest\nFROM busybox:${V}\nCMD x\n\nFROM debian:${V}',
      'ARG a=busy\nARG b=${a}box\nFROM ${b}',
      'ARG a=busybox\nFROM ${a:-debian} AS x\nFROM ${c:-x}',
      'FROM ${a?need a}',
      'ARG x\nRUN true\nFROM busybox',
      'ENV a=1\nFROM busybox',
    ]
      .map((text) => build(text))
      .join(''),
  ],
  [
    'Dockerfile: where an ARG is known',
    build(
      'ARG V=1\nFROM busybox\nENV a="[$V]"\nARG V\nENV b="[$V]"\nARG V=2\nENV V=3 c="[$V]"\nARG V=4\nENV d="[$V]"\nFROM busybox\nENV e="[$V]"',
      CREATED,
      '--build-arg V=9',
    ),
  ],
  [
    'Dockerfile: all that a variable can say',
    `${build('FROM busybox\nENV v=val e=\nENV a=${v} b=$v/x c=${v}_x d=$v_x f=${u:-def} g=${v:+alt} h=${u:+alt} i=${e:-def} m=${u:-${v}} n=\\${v} o=\'${v}\' p="${v}" r=${u:-"a b"}', show('.Env'))}${each(['ENV a=${', 'ENV a=${v', 'ENV a=${}', 'ENV a=$', 'ENV a=${v:}', 'ENV a=${v:x}', 'ENV a=${v?}', 'ENV a=$(date)', 'ENV a=$@'], show('.Env'))}`,
  ],
  [
    'Dockerfile: ENV in both forms',
    build(
      'FROM busybox\nENV abc hello world  \nENV def "quoted value"\nENV ghi a=b c\nENV jkl   $abc!\nENV m\\ n x\nENV abc=bye def=$abc\nENV ghi=$abc\nENV A="John Doe" B=Rex\\ Dog \\\n    C=fluffy D=\'x $A "x"\' E=a"b"c',
      show('.Env'),
    ),
  ],
  [
    'Dockerfile: LABEL',
    `${build('FROM busybox\nLABEL "com.example.vendor"="ACME Incorporated"\nLABEL description="This text illustrates \\\nthat label-values can span multiple lines."\nLABEL old style value', show('.Labels'))}${each(['LABEL a=', 'LABEL =a', 'LABEL a=1 b', 'LABEL a', 'LABEL "a b"=c', "LABEL a=$HOME b=\\$HOME c='$HOME'"], show('.Labels'))}`,
  ],
  [
    'Dockerfile: HEALTHCHECK',
    each(
      [
        'HEALTHCHECK --interval=5m --timeout=3s --start-period=1s --retries=4 CMD curl -f http://localhost/ || exit 1',
        'HEALTHCHECK NONE',
        'HEALTHCHECK NONE x',
        'HEALTHCHECK none',
        'HEALTHCHECK CMD',
        'HEALTHCHECK --retries=-1 CMD a',
        'HEALTHCHECK --interval=1us CMD a',
        'HEALTHCHECK --interval=-1s CMD a',
        'HEALTHCHECK --interval CMD a',
        'HEALTHCHECK --interval=5s NONE',
        'HEALTHCHECK --start-interval=5s CMD a',
      ],
      show('.Healthcheck'),
    ),
  ],
  [
    'Dockerfile: VOLUME',
    each(
      ['VOLUME ["/a", "/b c"]', 'VOLUME', 'VOLUME []', 'VOLUME ""', 'VOLUME /a:/b', 'VOLUME ./rel'],
      show('.Volumes'),
    ),
  ],
  [
    'Dockerfile: ONBUILD, and what it may not be',
    each(
      [
        'ONBUILD',
        'ONBUILD MAINTAINER x',
        'onbuild run echo lower',
        'ONBUILD NOSUCH x',
        'ONBUILD   RUN   a   b',
        'ONBUILD RUN echo a \\\n   b',
      ],
      show('.OnBuild'),
    ),
  ],
  [
    'Dockerfile: ENTRYPOINT takes CMD of the base away',
    build(
      'FROM busybox AS a\nENTRYPOINT ["echo","e"]\nCMD ["c"]\nFROM a AS b\nENTRYPOINT ["echo","E"]\nFROM a\nCMD d e\nFROM busybox\nCMD ["c"]\nENTRYPOINT ["echo","E"]\nFROM b',
      `${show('.Cmd')}; ${show('.Entrypoint')}; docker run --rm im`,
    ),
  ],
  [
    'Dockerfile: directives',
    [
      '# escape=`\n\nFROM busybox\nENV a=b\\c `\n d=e\nCOPY Dockerfile \\\\x',
      '# escape=\\\n# escape=`\nFROM busybox',
      '# about\n# escape=`\nFROM busybox\nENV a=1 \\\n b=2',
      '# unknown=x\n# escape=`\nFROM busybox\nENV a=1 `\n b=2',
      '# Escape=`\nFROM busybox\nENV a=1 `\n b=2',
      '# escape=\nFROM busybox',
    ]
      .map((text) => build(text, show('.Env')))
      .join(''),
  ],
  [
    'Dockerfile: ends in the middle of a line',
    [
      'FROM busybox\nENV a=1 \\',
      'FROM busybox\nENV a=1 \\\n\n\n',
      'FROM busybox \\',
      'FROM busybox\nENV a=1 \\   \n  c=2',
      'FROM busybox\nCMD a \\\nFROM busybox',
    ]
      .map((text) => build(text, show('.Env')))
      .join(''),
  ],
  [
    'Dockerfile: near misses',
    each([
      'RUNN x',
      'COPYY a b',
      'cross-build-start',
      '"RUN" x',
      'RUN: x',
      'ADD x',
      'USER a b',
      'MAINTAINER',
      'SHELL',
      'SHELL []',
    ]),
  ],
  [
    'Dockerfile: lower case, tabs and blanks',
    build(
      'from busybox\n   Env a=1\n\tenv\tb\tx   y\n workdir   /x  \ncopy  Dockerfile    y\nlAbel c = d',
      CREATED,
    ),
  ],
];

const FILES =
  'mkdir -p d/sub d/.hid n/m/k; for x in f .dot a1 a2 "b b" d/g d/sub/h d/.hid/x n/a.md n/m/b.md n/m/k/c.txt README.md README-secret.md; do echo "$x" >"$x"; done\n';
const COPIED = 'FROM busybox\nCOPY . /o\nRUN cd /o; find . | sort';
/** What is left of the files for each text of a .dockerignore. */
const ignoring = (...texts: readonly string[]): string =>
  FILES + texts.map((text) => `cat >.dockerignore <<'END'\n${text}\nEND\n${build(COPIED)}`).join('');

const context: readonly Row[] = [
  [
    '.dockerignore: the examples of the reference',
    ignoring(
      '# comment\n*/temp*\n*.md\n!README.md',
      '*.md\n!README*.md\nREADME-secret.md',
      '*.md\nREADME-secret.md\n!README*.md',
    ),
  ],
  [
    '.dockerignore: folders below',
    ignoring('**/*.md\n!n/m/*.md\n**/.hid', 'n/**/c.txt\nd/**', '**/m/**\n!**/k/c.txt'),
  ],
  [
    '.dockerignore: all but',
    ignoring('*\n!n/m\n!d/sub/h\nn/m/k', '**\n!n/**/*.txt\n!Dockerfile', 'n\n!n/a.md\n!n/m/k'),
  ],
  [
    '.dockerignore: slashes, blanks, classes',
    ignoring('/n/\n  d/sub  \n./f\n\n#a1\na2/\nb b\n.dot/..', 'a[12]\n[!a-z]*\n?\nn/m/[a-c].md\n\\.dot'),
  ],
  ['.dockerignore: odd patterns', ignoring('.', '!f', '/', '[', '!', '[b-a]')],
  [
    'COPY: dot files, patterns and lists',
    FILES +
      build(
        'FROM busybox\nCOPY .d* /o/\nCOPY a? /o/q/\nCOPY d/* /o/w/\nCOPY ["b b", "/o/r r/"]\nCOPY b\\ b /o/\nCOPY d/. /o/z\nCOPY ./d/../f /o/u\nRUN find /o | sort',
      ),
  ],
  [
    'COPY: words that are wrong',
    FILES +
      each([
        'COPY f a1 /o',
        'COPY d* a* /o',
        'COPY f nosuch /o/',
        'COPY --chown= f /o',
        'COPY --from f /o',
        'COPY ["f"]',
        'COPY [f, /o]',
        'COPY "" /o',
        'COPY /d/../../f /o',
        'COPY f/g /o',
        'COPY --from=5 /a /b',
        'COPY --from=busybox /nosuch /b',
      ]),
    { differs: 'paths', mask: /\/var\/lib\/docker\S*/gu },
  ],
  [
    'ADD: an archive that was cut',
    `head -c 3000 /dev/urandom >f; tar -czf a.tgz f; head -c 1000 a.tgz >cut.tgz\n${build('FROM busybox\nADD cut.tgz /o/')}`,
  ],
  [
    'ADD: addresses of nobody',
    each(['ADD ftp://x/y /o/', 'ADD http:// /o/', 'ADD git@github.com:x/y.git /o/']),
  ],
];

/** Dockerfiles as the reference has them, and as people get them wrong. */
export const DOCKERFILE: readonly Row[] = [...words, ...context];
