import type { Row } from '../row.ts';

/**
 * Archives are put together by hand, so that both engines get the same bytes: `layer` makes the archive of a layer,
 * `image` what belongs to it, `pack` the whole, and `load` loads it. `old` writes an archive as Docker did before 1.10.
 */
const HAND = String.raw`
layer() { rm -rf t; mkdir -p t/d; echo "$1" >t/f; ln -s f t/l; ln t/f t/d/h; touch -h -d @1000 t/f t/l t/d t; D=$(tar -C t --sort=name --owner=0 --group=0 --numeric-owner -cf - . | tee l.tar | sha256sum | cut -c1-64); }
config() { printf '{"architecture":"amd64","os":"linux","created":"2026-01-02T03:04:05Z","config":{"Cmd":["sh"]},"history":[{"created":"2026-01-02T03:04:05Z","created_by":"x"}],"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' $D >c.json; }
manifest() { printf '[{"Config":"c.json","RepoTags":["hand:1"],"Layers":["l.tar"]}]' >manifest.json; }
image() { layer one; config; manifest; }
pack() { tar cf x.tar c.json l.tar manifest.json; }
load() { docker load "$@" <x.tar 2>&1 | sed 's/import-[0-9]*/import-N/g'; }
old() { layer one; mkdir -p a b; cp l.tar a/layer.tar; layer two; cp l.tar b/layer.tar; printf 1.0 | tee a/VERSION >b/VERSION; printf '{"id":"a","created":"2013-01-02T03:04:05Z","container_config":{"Cmd":["/bin/sh","-c","echo <a> & b"]},"docker_version":"1.9.1","architecture":"amd64","os":"linux","Size":5,"config":{"Cmd":["sh"],"Env":null}}' >a/json; printf '{"id":"b","parent":"a","created":"2013-01-02T03:04:06.5Z","author":"me","comment":"c","os":"linux"}' >b/json; echo '{"old":{"1":"a","2":"b"}}' >repositories; }
image; pack
`;

const SHOW = `docker inspect -f '{{.Id}} {{.RepoTags}} {{.RepoDigests}} {{.Size}} {{.Created}} {{.Metadata}}'`;
const IMAGES = `docker images --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort`;
/** Entries of an archive that both engines write in forms of their own: what it is about. */
const TAGS = String.raw`tar xO manifest.json | grep -oE '"RepoTags":(null|\[[^]]*\])'`;
const CHANGED =
  "docker run --name box busybox sh -c 'echo one >/one; ln /one /two; ln -s one /link; mkdir -m 1777 /dir; rm /etc/group; rm -r /home; mkdir /home; mkfifo /pipe; chmod 4755 /one; touch -d @5 /one /dir'";

const saving: readonly Row[] = [
  ['save: names', `docker save busybox | ${TAGS}; docker save busybox:latest hello-world | ${TAGS} | sort`],
  ['save: all tags of a name', `docker tag busybox im:1; docker tag busybox im:2; docker save im | ${TAGS}`],
  [
    'save: ids and digests',
    `docker save $(docker images -q busybox) | ${TAGS}; docker save $(docker inspect -f '{{.Id}}' busybox) | ${TAGS}; docker save $(docker inspect -f '{{index .RepoDigests 0}}' busybox) | ${TAGS}`,
  ],
  ['save: twice the same', `docker save busybox busybox:latest $(docker images -q busybox) | ${TAGS}`],
  [
    'save: unknown',
    'docker save nosuch; docker save nosuch:1; docker save busybox nosuch; docker save abcdef0; docker save Bad:x:y',
  ],
  [
    'save: unknown ids',
    `docker save sha256:${'1'.repeat(64)}; docker save busybox@sha256:${'1'.repeat(64)}; docker save sha256:abcdef`,
  ],
  ['save: no argument', 'docker save'],
  ['save: to no place', 'docker save -o /nonexistent/x busybox; docker image save busybox -o nosuch/x; ls'],
  [
    'save: to a file',
    `docker save -o b.tar busybox; stat -c '%a %s' b.tar | cut -c1-4; tar tf b.tar >/dev/null && ${TAGS} <b.tar`,
    // Two programs of one pipe complain.
    { unordered: true },
  ],
  [
    'save and load of what was committed',
    `${CHANGED}; docker commit box im >/dev/null; ${SHOW} im; docker save im -o im.tar; docker rm box; docker rmi im >/dev/null; docker load -i im.tar; ${SHOW} im; docker run --rm im sh -c 'stat -c "%n %F %a %h %s %Y" /one /two /link /dir /pipe /home; ls /home /etc; cat /two'`,
  ],
  [
    'save and load of a child with its parent',
    `docker run --name box busybox touch /a; docker commit box im >/dev/null; docker run --name dd im touch /b; docker commit dd jm >/dev/null; docker save im jm -o x.tar; docker rm box dd; docker rmi jm im >/dev/null; docker load -i x.tar; docker inspect -f '{{.Parent}}' jm; docker history --format '{{.CreatedBy}} {{.Size}}' jm`,
    { unordered: true },
  ],
];

const loading: readonly Row[] = [
  [
    'load: quiet or not, by name or from stdin',
    `${HAND} load; load -q; docker load -i x.tar; docker image load --quiet --input x.tar; ${SHOW} hand:1; docker history hand:1`,
  ],
  [
    'load: compressed',
    `${HAND} for z in gzip bzip2 xz; do $z -k x.tar; docker load <x.tar.*; docker rmi hand:1; rm x.tar.*; done`,
  ],
  ['load: layers compressed', `${HAND} gzip l.tar; mv l.tar.gz l.tar; pack; load; ${SHOW} hand:1`],
  ['load: in a folder', `${HAND} tar c ./manifest.json ./c.json ./l.tar | docker load; ${SHOW} hand:1`],
  [
    'load: a layer that is a link',
    `${HAND} mkdir sub; mv l.tar sub/real; ln -s sub/real l.tar; tar cf x.tar manifest.json c.json l.tar sub; load; ${SHOW} hand:1`,
  ],
  [
    'load: several images, names and none',
    `${HAND} cp l.tar m.tar; sed 's/:"x"/:"y"/' c.json >d.json; printf '[{"Config":"c.json","RepoTags":["hand:1","reg.example:5000/hand:2"],"Layers":["l.tar"]},{"Config":"d.json","RepoTags":null,"Layers":["m.tar"]}]' >manifest.json; tar cf x.tar c.json d.json l.tar m.tar manifest.json; load; ${IMAGES}`,
  ],
  ['load: no name', `${HAND} sed -i 's/"hand:1"//' manifest.json; pack; load; docker image prune -f`],
  ['load: a name that another image has', `${HAND} docker tag busybox hand:1; load; load; ${IMAGES}`],
  ['load: a tagged image again', `${HAND} load; docker tag hand:1 other; load; ${SHOW} hand:1`],
  [
    'load: nothing',
    "(docker load </dev/null; head -c 10240 /dev/zero | docker load; tar cT /dev/null | docker load) 2>&1 | sed 's/import-[0-9]*/import-N/g'",
  ],
  [
    'load: no archive',
    "echo garbage | docker load; head -c 600 /dev/zero | tr '\\0' x | docker load; docker load -i nosuch; docker load x",
  ],
  [
    'load: cut short',
    `${HAND} head -c 2000 x.tar | docker load; head -c 300 x.tar | docker load; gzip -c x.tar | head -c 100 | docker load; docker images hand`,
  ],
  [
    'load: a folder of files',
    `${HAND} (tar c t | docker load; tar c t/f | docker load) 2>&1 | sed 's/import-[0-9]*/import-N/g'`,
  ],
  [
    'load: something is missing',
    `${HAND} tar cf x.tar c.json manifest.json; load; tar cf x.tar l.tar manifest.json; load; tar cf x.tar c.json l.tar; load; docker images -aq hand`,
  ],
  [
    'load: a layer that is none',
    `${HAND} echo garbage >l.tar; pack; load; head -c 600 /dev/zero | tr '\\0' x >l.tar; pack; load; image; head -c 2000 l.tar >m; mv m l.tar; pack; load; : >l.tar; pack; load; docker images -aq hand`,
  ],
  [
    'load: a layer of no bytes',
    `mkdir a; cd a; : >l.tar; echo '{"architecture":"amd64","os":"linux","config":{"Cmd":["/x"]},"rootfs":{"type":"layers","diff_ids":["sha256:'$(sha256sum <l.tar | cut -d' ' -f1)'"]}}' >c.json; echo '[{"Config":"c.json","RepoTags":["none:1"],"Layers":["l.tar"]}]' >manifest.json; tar cf ../x.tar *; gzip l.tar; mv l.tar.gz l.tar; tar cf ../y.tar *; cd ..; for f in x y; do docker load -i $f.tar; docker inspect -f '{{.RootFS}} {{.Size}}' none:1; docker create --name box none:1; docker export box | wc -c; docker rm box; docker save -o z.tar none:1; docker rmi none:1; docker load -i z.tar; docker rmi none:1; done`,
  ],
  ['load: another layer', `${HAND} layer two; pack; load; docker images -aq hand; layer one; pack; load`],
  [
    'load: a manifest that is none',
    `${HAND} for m in '[' '{}' '[]' x '' null '[{}]' '[null]' '[5]' '[{"Config":5}]' '[{"Layers":5}]' '[{"Config":"l.tar"}]'; do echo "$m" >manifest.json; pack; load; done`,
  ],
  [
    'load: a manifest of paths that lead out',
    `${HAND} for m in '[{"Config":"../../x"}]' '[{"Config":"nosuch"}]' '[{"Config":"/c.json"}]' '[{"Config":"c.json","Layers":["../l.tar"]}]' '[{"Config":"c.json","Layers":["nosuch"]}]'; do echo "$m" >manifest.json; pack; load; done`,
  ],
  [
    'load: a manifest with another number of layers',
    `${HAND} for m in '[{"Config":"c.json"}]' '[{"Config":"c.json","Layers":[]}]' '[{"Config":"c.json","Layers":["l.tar","l.tar"]}]'; do echo "$m" >manifest.json; pack; load; done; docker images -aq hand`,
  ],
  [
    'load: a configuration that is none',
    `${HAND} for c in '{' '{}' '[]' x '' null '"x"' '{"rootfs":null}' '{"rootfs":5}' '{"rootfs":{"type":"layers"}}' '{"os":"windows","rootfs":{}}' '{"os":"linuy","rootfs":{}}' '{"a":}' '{"a" 1}' '[1,]' '{"a":1 2}' '{a}' '{} x'; do echo "$c" >c.json; pack; load; done`,
  ],
  [
    'load: too much history',
    `${HAND} sed -i 's/"history":\\[/&{"created_by":"a"},/' c.json; pack; load; docker images -aq hand`,
  ],
  [
    'load: names that are none',
    `${HAND} sed -i 's/hand:1/Bad:x:y/' manifest.json; pack; load; sed -i 's/Bad:x:y/hand/' manifest.json; pack; load; docker images -q | wc -l; docker image prune -f`,
  ],
  [
    'load: the first image stays when the second is wrong',
    `${HAND} printf '[{"Config":"c.json","RepoTags":["hand:1"],"Layers":["l.tar"]},{"Config":"nosuch"}]' >manifest.json; pack; load; ${IMAGES}`,
  ],
  [
    'load: from before 1.10',
    `${HAND} old; tar cf x.tar a b repositories; load; ${SHOW} old:1 old:2; docker history --no-trunc old:2; docker inspect -f '{{json .Config}} {{.Parent}} {{.Author}} {{.Comment}}' old:2; docker rmi old:2 old:1`,
  ],
  [
    'load: from before 1.10, damaged',
    `${HAND} old; echo '{"old":{"1":"z"}}' >repositories; tar cf x.tar a b repositories; load; tar cf x.tar a b; load; rm a/layer.tar; tar cf x.tar a b repositories; load; rm b/json; tar cf x.tar a b repositories; load; docker image prune -f >/dev/null`,
  ],
];

const importing: readonly Row[] = [
  [
    'import: from a file and from stdin',
    `${HAND} docker import l.tar im >/dev/null; docker import - jm:v <l.tar >/dev/null; ${SHOW} im jm:v; docker history --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' im`,
  ],
  [
    'import: no name',
    `${HAND} docker import l.tar >/dev/null; docker images -f dangling=true --format '{{.Repository}}:{{.Tag}} {{.Size}}'; docker image prune -f | head -1`,
  ],
  [
    'import: config',
    `${HAND} docker import l.tar im >/dev/null; docker inspect im`,
    {
      differs: 'paths',
      mask: /"(?:Data|LowerDir|MergedDir|UpperDir|WorkDir|LastTagTime|Created|DockerVersion)": .*|.*sha256:.*/gu,
    },
  ],
  [
    'import --change, -m',
    `${HAND} docker import -m hello -c 'CMD ["x"]' -c 'ENV A=b C=d' --change 'EXPOSE 80' -c 'LABEL a=b' -c 'WORKDIR /w' -c 'USER me' l.tar im >/dev/null; docker inspect -f '{{json .Config}} {{.Comment}}' im`,
  ],
  [
    'import: bad changes',
    `${HAND} docker import -c 'RUN x' l.tar im; docker import -c nosuch l.tar im; docker import -c 'FROM x' l.tar im; docker images -q im`,
  ],
  [
    'import --platform',
    `${HAND} docker import --platform linux l.tar im >/dev/null; docker inspect -f '{{.Os}}/{{.Architecture}}' im; docker import --platform windows l.tar jm`,
  ],
  [
    'import: compressed',
    `${HAND} for z in gzip bzip2 xz; do $z -c l.tar | docker import - im >/dev/null; docker inspect -f '{{.RootFS.Layers}}' im; done`,
  ],
  [
    'import: bad names',
    `${HAND} docker import l.tar Bad:x:y; docker import l.tar im@sha256:${'1'.repeat(64)}; docker import l.tar im:; docker import nosuch im; docker import`,
  ],
  [
    'import: damaged',
    `${HAND} echo garbage | docker import - im; head -c 600 /dev/zero | tr '\\0' x | docker import - im; head -c 2000 l.tar | docker import - im; docker images -aq im`,
  ],
  ['import: from nowhere', 'docker import http://127.0.0.1:1/x im; docker import ftp://127.0.0.1/y im'],
  [
    'import and run',
    `docker run --name box busybox touch /here; docker export box | docker import -c 'CMD ["ls","/here"]' - im >/dev/null; docker run --rm im`,
  ],
];

const exporting: readonly Row[] = [
  [
    'export: what a container has',
    `${CHANGED}; docker export box | tar tvf - | grep -vE ' (\\./)?(.dockerenv|dev|etc|proc|sys|home|link|pipe)'; docker export box | tar tf -`,
  ],
  [
    'export: runs on',
    `docker run -d --name box busybox sh -c 'echo hi >/hi; touch /ready; sleep 60' >/dev/null; eventually 'docker exec box test -e /ready'; docker export -o x.tar box; tar xOf x.tar hi; docker ps --format '{{.Names}}'`,
  ],
  [
    'export: without volumes',
    `docker run --name box -v /vol busybox sh -c 'echo hi >/vol/x; echo hi >/y'; docker export box | tar tf - | grep -E '^(vol|y)'`,
  ],
  ['export: unknown', 'docker export nosuch; docker export; docker container export nosuch -o x; ls'],
  [
    'export: to no place',
    'docker run --name box busybox true; docker export -o /nonexistent/x box; docker container export box -o nosuch/x',
  ],
  [
    'export: owners by name',
    "docker run --name box busybox sh -c 'touch /a /b; chown 33:8 /a; chown 12345:54321 /b'; docker export box | tar tvf - a b | tr -s ' ' | cut -d' ' -f1-3,6",
  ],
];

const events: readonly Row[] = [
  [
    'archives: events',
    `${HAND} docker save busybox >/dev/null; load -q; docker import l.tar im >/dev/null; docker run --name box busybox true; docker export box >/dev/null; sleep 1; for e in save load import export; do docker events --since 20s --until 0s --filter event=$e --format '{{.Type}} {{.Action}} {{.Actor.ID}} {{json .Actor.Attributes}}' | tail -1; done`,
  ],
];

export const ARCHIVES: readonly Row[] = [...saving, ...loading, ...importing, ...exporting, ...events];
