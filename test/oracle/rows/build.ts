import type { Row } from '../row.ts';

/** Writes a Dockerfile of these lines. */
const file = (...lines: readonly string[]): string => `cat >Dockerfile <<'END'\n${lines.join('\n')}\nEND\n`;

/** One build after another, each of one text that is wrong in its own way; the context has the file `f`. */
const each = (...texts: readonly string[]): string =>
  `echo f >f\n${texts.map((text) => `printf '${text}' >Dockerfile; docker build .`).join('\n')}`;

const TAGS = "docker images --format '{{.Repository}}:{{.Tag}}' | sort";
const LEFT = "docker ps -a --format '{{.Image}} {{.Command}} {{.Status}}'";

export const BUILD: readonly Row[] = [
  [
    'build',
    `${file('FROM busybox', 'ENV a=b', 'RUN echo "$a" >/f; echo said', 'COPY f /g', 'CMD ["cat", "/f"]')}
echo f >f; docker build -t im .; docker run --rm im`,
  ],
  [
    'build: the cache',
    `${file('FROM busybox', 'LABEL x=1', 'COPY f /f', 'RUN cat /f >/g', 'CMD a')}
echo 1 >f; docker build -t im . >/dev/null; docker build -t im .; touch -d 2001-01-01 f; docker build .; echo 2 >f; docker build -q . >/dev/null
docker build .; echo 1 >f; docker build .; chmod 755 f; docker build .`,
  ],
  [
    'build: the cache follows the steps',
    `${file('FROM busybox', 'RUN true', 'ENV a=1', 'RUN echo $a >/f')}
docker build . >/dev/null; sed -i s/a=1/a=2/ Dockerfile; docker build .; sed -i s/a=2/a=1/ Dockerfile; docker build .
echo 'RUN true' >>Dockerfile; docker build .`,
  ],
  [
    'build: the cache and folders',
    `${file('FROM busybox', 'COPY d /d', 'ADD d/a /a')}
mkdir -p d/e; echo a >d/a; echo b >d/e/b; docker build . >/dev/null; docker build .; mv d/e/b d/e/c; docker build .; echo x >other; docker build .`,
  ],
  [
    'build: the cache and arguments',
    `${file('FROM busybox', 'ARG v=1', 'RUN echo one', 'ENV w=$v')}
docker build . >/dev/null; docker build .; docker build --build-arg v=1 .; docker build --build-arg v=2 .; docker build --build-arg HTTP_PROXY=p .`,
  ],
  [
    'build --no-cache',
    `${file('FROM busybox', 'RUN echo x >/x')}docker build . >/dev/null; docker build --no-cache -t again .`,
  ],
  [
    'build -q',
    `${file('FROM busybox', 'RUN echo said; echo loud >&2')}docker build -q -t im .; printf 'FROM busybox\\nRUN echo x; exit 3\\n' >Dockerfile; docker build -q .; echo $?`,
  ],
  [
    'build --iidfile',
    `${file('FROM busybox', 'ENV a=1')}docker build --iidfile id -q . >out; cmp id out; wc -c <id; echo RUN false >>Dockerfile; docker build --iidfile id . >/dev/null; cat id`,
  ],
  [
    'build --target',
    `${file('FROM busybox AS one', 'ENV a=1', 'FROM busybox AS Two', 'ENV a=2', 'FROM two', 'ENV b=1')}
docker build --target one .; docker build --target TWO -t im .; docker build --target 1 .; docker build --target nosuch .; docker build --target 7 .`,
  ],
  [
    'build --build-arg that nobody wants',
    `${file('FROM busybox', 'ARG used', 'RUN echo "[$used]"')}docker build --build-arg used=1 --build-arg a=1 --build-arg b=2 .; export used=outside; docker build --build-arg used --build-arg nosuch .`,
  ],
  [
    'build: a command fails',
    `${file('FROM busybox', 'RUN echo out', 'RUN echo wrong >&2; exit 42', 'RUN never')}
docker build -t im .; echo $?; ${LEFT}; ${TAGS}; docker build .`,
  ],
  [
    'build --force-rm, --rm=false',
    `${file('FROM busybox', 'RUN true', 'RUN exit 1')}docker build --force-rm .; ${LEFT}; docker build --rm=false --no-cache .; ${LEFT}`,
  ],
  [
    'build: a command that is not there',
    each(
      'FROM busybox\\nRUN ["nosuch"]\\n',
      'FROM busybox\\nRUN nosuch\\n',
      'FROM busybox\\nSHELL ["/nosuch"]\\nRUN x\\n',
      'FROM busybox\\nRUN kill -9 $$\\n',
    ),
  ],
  [
    'build: RUN [] runs what the image runs',
    each(
      'FROM busybox\\nCMD ["echo","hello"]\\nRUN []\\n',
      'FROM busybox\\nCMD ["echo","hello"]\\nRUN []\\n',
      'FROM busybox\\nCMD ["x"]\\nENTRYPOINT ["echo","entry"]\\nRUN []\\n',
      'FROM busybox\\nCMD ["false"]\\nRUN []\\n',
      'FROM busybox\\nENTRYPOINT ["false"]\\nRUN []\\n',
      'FROM busybox\\nARG x=1\\nCMD true\\nRUN []\\n',
    ),
  ],
  [
    'build: COPY without a source',
    each(
      'FROM busybox\\nCOPY nosuch /\\n',
      'FROM busybox\\nCOPY nosuch* /\\n',
      'FROM busybox\\nADD a b /c/\\n',
      'FROM busybox\\nCOPY f/ /\\n',
      'FROM busybox\\nCOPY f/x /\\n',
    ),
  ],
  [
    'build: COPY of several into a file',
    each(
      'FROM busybox\\nCOPY f Dockerfile /g\\n',
      'FROM busybox\\nCOPY . /etc/passwd\\n',
      'FROM busybox\\nCOPY f /etc/passwd/x\\n',
    ),
    { differs: 'paths', mask: /^failed to copy files: .*$/gmu },
  ],
  [
    'build: COPY from outside of the context',
    `echo x >../outside-$$; ${each('FROM busybox\\nCOPY ../x /\\n', 'FROM busybox\\nCOPY /f /g\\n', 'FROM busybox\\nCOPY ../../f /g\\n')}; ln -s /etc/hostname link; printf 'FROM busybox\\nCOPY link /\\n' >Dockerfile; docker build .; rm ../outside-$$`,
  ],
  [
    'build: what .dockerignore leaves out',
    `printf 'secret\\n' >.dockerignore; echo s >secret; ${each('FROM busybox\\nCOPY secret /\\n', 'FROM busybox\\nCOPY . /c\\nRUN ls -A /c\\n')}; printf 'Dockerfile\\n.dockerignore\\n' >.dockerignore; docker build .`,
  ],
  [
    'build: COPY --from',
    each(
      'FROM busybox AS own\\nRUN echo 1 >/one\\nFROM busybox\\nCOPY --from=own /one /\\nCOPY --from=0 /one /two\\n',
      'FROM busybox\\nCOPY --from=0 /f /\\n',
      'FROM busybox\\nCOPY --from=3 /f /\\n',
      'FROM busybox\\nCOPY --from=nosuch-image /f /\\n',
      'FROM busybox AS own\\nFROM busybox\\nCOPY --from=own /nosuch /\\n',
      'FROM busybox AS own\\nCOPY --from=own /f /\\n',
      'FROM busybox\\nCOPY --from=later /f /\\nFROM busybox AS later\\n',
    ),
    { differs: 'hub', mask: /\nThis machine has no way to a hub[^\n.]*/gu },
  ],
  [
    'build: COPY --chown',
    each(
      'FROM busybox\\nCOPY --chown=nobody:nogroup f /f\\nRUN stat -c "%%U %%G" /f\\n',
      'FROM busybox\\nCOPY --chown=nosuch f /f\\n',
      'FROM busybox\\nCOPY --chown=0:nosuch f /f\\n',
    ),
  ],
  [
    'build --label, -t several',
    `${file('FROM busybox', 'LABEL a=1')}docker build --label a=2 --label b="x y" -t im -t jm:2 .; ${TAGS}; docker build --label a=2 --label b="x y" .; docker build -t Bad .; docker build -t im: .`,
  ],
  [
    'build: the Dockerfile from standard input',
    `echo f >f; printf 'FROM busybox\\nCOPY f /f\\n' | docker build -f - .; printf 'FROM busybox\\nENV a=1\\n' | docker build -; printf 'FROM busybox\\nCOPY f /f\\n' | docker build -; printf '' | docker build -; printf x | docker build -f - -`,
  ],
  [
    'build: the context from standard input',
    `${file('FROM busybox', 'COPY . /c', 'RUN find /c | sort')}mkdir d; echo f >d/f; ln -s f d/link; cp Dockerfile d/other
tar -c . | docker build -; tar -cz . | docker build -f d/other -; tar -c d | docker build -; tar -cJ . | docker build -q - >/dev/null; echo $?; head -c 3000 /dev/zero | docker build -`,
  ],
  [
    'build -f',
    `mkdir -p d; printf 'FROM busybox\\nENV a=1\\n' >d/other; docker build -f d/other .; docker build -f d/other d; docker build -f nosuch .; docker build .; docker build nosuch; cd d; docker build -f ../nosuch .; docker build`,
  ],
  ['build: an empty Dockerfile', `touch Dockerfile empty; docker build .; docker build -f empty .`],
  [
    'build: no sense in the Dockerfile',
    each(
      'FRM x',
      '# comment\\n',
      'RUN x',
      'FROM busybox\\n\\nFOO x',
      'FROM',
      'FROM a b',
      'FROM busybox as 1',
      'FROM --x=1 busybox',
      '# escape=x\\nFROM busybox',
      'FROM busybox\\nENV a',
      'FROM busybox\\nENV a=1 b',
    ),
  ],
  [
    'build: no sense in an instruction',
    each(
      'FROM busybox\\nENV',
      'FROM busybox\\nCOPY f',
      'FROM busybox\\nRUN --x y',
      'FROM busybox\\nRUN [1]',
      'FROM busybox\\nWORKDIR',
      'FROM busybox\\nVOLUME [""]',
      'FROM busybox\\nSHELL x',
      'FROM busybox\\nONBUILD FROM x',
      'FROM busybox\\nONBUILD ONBUILD RUN x',
      'FROM busybox\\nHEALTHCHECK x',
      'FROM busybox\\nHEALTHCHECK --interval=1 CMD x',
      'FROM busybox\\nHEALTHCHECK --retries=0 CMD x',
    ),
  ],
  [
    'build: an instruction that cannot be done',
    each(
      'FROM busybox\\nEXPOSE x',
      'FROM busybox\\nSTOPSIGNAL x',
      'FROM busybox\\nWORKDIR $x',
      'FROM busybox\\nENV a=${b:?is missing}',
      'FROM busybox\\nENV a="x',
      'FROM busybox\\nENV $x=1',
      'FROM busybox\\nVOLUME $x',
      'FROM busybox\\nUSER nosuch\\nRUN true',
      'FROM busybox\\nARG $x',
    ),
  ],
  [
    'build: the base',
    each(
      'FROM nosuch-image',
      'FROM $x',
      'FROM Bad:Name:x',
      'FROM scratch',
      'FROM scratch\\nENV a=1\\nLABEL b=2',
      'ARG b=busybox\\nARG c\\nFROM $b$c\\nRUN true',
      'FROM busybox:nosuch',
    ),
    { differs: 'hub', mask: /\nThis machine has no way to a hub[^\n.]*/gu },
  ],
  [
    'build: stages',
    `${file('ARG v=1', 'FROM busybox AS base', 'ENV a=1', 'FROM base', 'RUN echo $a >/a', 'FROM scratch', 'COPY --from=1 /a /', 'COPY --from=base /bin/sh /bin/sh')}docker build -t im .; docker build -t im .; docker history --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' im`,
  ],
  [
    'build: ONBUILD',
    `printf 'FROM busybox\\nONBUILD RUN echo one >/one\\nONBUILD ENV a=1\\n' | docker build -q -t base - >/dev/null; printf 'FROM base\\nRUN echo $a\\n' >Dockerfile; docker build -t im .; docker build .; docker inspect -f '{{json .Config.OnBuild}}' base im; printf 'FROM base AS x\\nFROM x\\n' | docker build -`,
  ],
  [
    'build: ONBUILD of no sense',
    `printf 'FROM busybox\\nONBUILD foo x\\n' | docker build -q -t base - >/dev/null; printf 'FROM base\\n' | docker build -; printf 'FROM busybox\\nONBUILD COPY x\\n' | docker build -q -t base - >/dev/null; printf 'FROM base\\n' | docker build -`,
  ],
  [
    'build: warnings',
    each(
      'FROM busybox\\nENV a=1 \\\\\\n\\n  b=2\\n',
      'FROM busybox\\nHEALTHCHECK CMD a\\nHEALTHCHECK CMD b\\n',
      'FROM busybox\\nCMD a\\nCMD b\\nMAINTAINER me\\n',
    ),
  ],
  [
    'build: history',
    `${file('FROM busybox', 'MAINTAINER me', 'ARG v=1', 'RUN echo x >/x', 'COPY f /f', 'ADD f /g', 'WORKDIR /w', 'ENTRYPOINT ["a", "b"]', 'CMD c', 'EXPOSE 80 53/udp', 'USER 1', 'VOLUME /v', 'SHELL ["x"]', 'STOPSIGNAL 9', 'ONBUILD RUN y', 'HEALTHCHECK --interval=5s CMD z', 'LABEL a="b c" d=e')}
echo f >f; docker build -q -t im . >/dev/null; docker history --no-trunc --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' im; docker inspect -f '{{.Author}} {{.Comment}}' im`,
  ],
  [
    'build: what is left between',
    `${file('FROM busybox', 'ENV a=1', 'RUN echo x >/x', 'ENV b=2')}docker build -q -t im . >/dev/null; docker images -q | sort | uniq | wc -l; docker images -aq | wc -l; docker images -f dangling=true -q; docker rmi im; docker images -aq | wc -l`,
  ],
  [
    'build: an image that lost its name',
    `printf 'FROM busybox\\nENV a=1\\n' | docker build -q -t im - >/dev/null; printf 'FROM busybox\\nENV a=2\\n' | docker build -q -t im - >/dev/null; docker images --format '{{.Repository}}:{{.Tag}}' -f dangling=true; docker image prune -f | grep -c sha256; docker images -aq | wc -l`,
  ],
  [
    'build: a base that changes',
    `printf 'FROM busybox\\nENV a=1\\n' | docker build -q -t base - >/dev/null; printf 'FROM base\\nRUN true\\n' >Dockerfile; docker build -q . >/dev/null; docker build .; printf 'FROM busybox\\nENV a=2\\n' | docker build -q -t base - >/dev/null; docker build .`,
  ],
  [
    'build --network',
    `${file('FROM busybox', 'RUN ip -o link | wc -l')}docker build --network none .; docker build --network nosuch .`,
  ],
  [
    'build --add-host, --shm-size, --ulimit',
    `${file('FROM busybox', 'RUN tail -1 /etc/hosts; df -m /dev/shm | tail -1 | tr -s " " | cut -d" " -f2; ulimit -n')}docker build --add-host h:1.2.3.4 --shm-size 5m --ulimit nofile=99:99 .`,
  ],
  ['build --squash', `${file('FROM busybox')}docker build --squash .`],
  [
    'build --pull, --cache-from, --compress',
    `${file('FROM busybox', 'ENV a=1')}docker build -q -t im . >/dev/null; docker build --pull .; docker build --cache-from im .; docker build --cache-from busybox -t jm .; docker build --cache-from nosuch -t km .; docker build --compress .`,
  ],
  [
    'build: arguments in the environment of RUN',
    `${file('FROM busybox', 'ARG a=1', 'ARG b', 'ENV c=3 a=9', 'RUN echo $a-$b-$c', 'RUN env | grep -E "^(a|b|c)=" | sort')}docker build --build-arg b=2 -t im .; docker history --no-trunc --format '{{.CreatedBy}}' im | head -3`,
  ],
  [
    'build: the user, the folder and the shell of RUN',
    each(
      'FROM busybox\\nUSER 7:8\\nWORKDIR /w\\nRUN id; pwd; ls -ld .\\nSHELL ["/bin/sh", "-ec"]\\nRUN echo $-\\n',
    ),
  ],
  [
    'build: VOLUME keeps nothing',
    each(
      'FROM busybox\\nRUN mkdir /v; echo 1 >/v/one\\nVOLUME /v\\nRUN echo 2 >/v/two; ls /v\\nRUN ls /v\\nCOPY f /v/\\nRUN ls /v\\n',
    ),
  ],
  [
    'build: a tag that is there already, a container that runs',
    `printf 'FROM busybox\\nCMD ["sleep", "60"]\\n' | docker build -q -t im - >/dev/null; docker run -d --name box im >/dev/null; printf 'FROM busybox\\nENV a=1\\n' | docker build -q -t im - >/dev/null; docker ps --format '{{.Names}}'; ${TAGS}`,
  ],
  [
    'build: VOLUME where it cannot be, or is no path',
    `${file('FROM busybox', 'VOLUME data', 'VOLUME [/a /b]')}docker build -q -t im . >/dev/null; docker run --rm im sh -c 'grep -c /data /proc/mounts; ls -d /data'; docker create --name box -v rel im >/dev/null; docker inspect -f '{{range .Mounts}}{{println .Destination}}{{end}}' box | sort; ${file('FROM busybox', 'RUN touch /foo', 'VOLUME /foo')}docker build -q . 2>&1 | sed 's,/var/lib/docker/.*/,,'; docker create -v /bin/sh busybox 2>&1 | sed 's,/var/lib/docker/.*/,,'; docker volume ls -q | wc -l; docker rm -v box >/dev/null; docker volume prune -f >/dev/null; printf 'FROM busybox\\nADD t.tar /\\n' >Dockerfile; tar -cf t.tar -b 1 Dockerfile; head -c -1 t.tar >u.tar; mv u.tar t.tar; docker build -q . 2>&1 | tail -n 1 | grep -c 'unexpected EOF'`,
  ],
  [
    'build: events',
    `${file('FROM busybox', 'RUN true', 'ENV a=1')}since=$(date +%s.%N); docker build -q -t im . >/dev/null; docker events --since $since --until $(date +%s.%N) --format '{{.Type}} {{.Action}}' | grep image`,
  ],
  [
    'builder prune',
    `${file('FROM busybox', 'ENV a=1')}docker build -q -t im . >/dev/null; docker builder prune -f; docker images -q im | wc -l`,
  ],
  [
    'build: text that is not ASCII',
    each('FROM busybox\\nENV a="äöü €"\\nLABEL "schlüssel"="wert"\\nRUN echo "grün $a"\\nCMD ["é"]\\n'),
  ],
];
