import type { Row } from '../row.ts';

/** Removes what a pull needs to be seen. */
const FRESH = 'docker rmi -f hello-world >/dev/null 2>&1';
const CHANGED = "docker run --name box busybox sh -c 'echo one >/one; echo x >>/etc/passwd; rm /etc/group'";

export const IMAGES: readonly Row[] = [
  ['images', 'docker images busybox'],
  [
    'images, all forms',
    'docker tag busybox team/tool:1.2; docker images --digests --no-trunc; docker images -q; docker image ls team/tool; docker images "team/*"; docker images nosuch',
    { unordered: true },
  ],
  [
    'images: filters',
    'docker tag busybox im:1; docker images --filter reference="i*" --format "{{.Repository}}:{{.Tag}}"; docker images --filter dangling=true -q; docker images --filter label=x -q; docker images --filter nosuch=1',
  ],
  [
    'images: before and since',
    "docker run --name box busybox true; docker commit box later; docker images --format '{{.Repository}}' --filter since=busybox; docker images --format '{{.Repository}}' --filter before=nosuch",
  ],
  ['images --format', "docker images --format '{{json .}}' busybox"],
  [
    'images -a',
    "docker run --name box busybox true; docker commit box; docker images -a --format '{{.Repository}}:{{.Tag}}'",
    { unordered: true },
  ],
  [
    'image inspect',
    'docker inspect busybox',
    { differs: 'paths', mask: /"(?:Data|LowerDir|MergedDir|UpperDir|WorkDir|LastTagTime)": .*/gu },
  ],
  ['image inspect: unknown', 'docker image inspect nosuch; docker image inspect Bad:Name:x'],
  [
    'image inspect --format',
    "docker image inspect -f '{{.Id}} {{json .RepoTags}} {{json .RepoDigests}} {{.Os}}/{{.Architecture}} {{.Size}} {{.VirtualSize}} {{json .RootFS}} {{.Created}}' busybox",
  ],
  [
    'history',
    'docker history busybox; docker history -q busybox; docker history --no-trunc --format "{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}" debian; docker history --human=false --format "{{.Size}}" busybox',
  ],
  ['history: unknown', 'docker history nosuch'],
  [
    'history of commits',
    `${CHANGED}; docker commit -m 'first change' box im; docker run --name dd im touch /two; docker commit -m second dd jm; docker history --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' jm`,
  ],
  [
    'tag',
    'docker tag busybox im; docker tag busybox reg.example:5000/team/a:1; docker tag im jm:x; docker images --format "{{.Repository}}:{{.Tag}}" | sort',
  ],
  ['tag by id', 'docker tag $(docker images -q busybox) byid:1; docker images -q byid'],
  ['tag: unknown', 'docker tag nosuch im'],
  [
    'tag: bad names',
    'docker tag busybox A; docker tag busybox im:; docker tag busybox im:!; docker tag busybox a@sha256:0000; docker tag busybox -- -a',
  ],
  ['tag: an id is no name', 'docker tag busybox $(docker inspect -f "{{.Id}}" busybox | cut -c8-)'],
  [
    'tag moves',
    "docker run --name box busybox true; docker tag busybox im; docker commit box im; docker images --format '{{.Repository}}:{{.Tag}}' | sort",
  ],
  [
    'images: labels',
    "docker run --name one busybox touch /a; docker commit -c 'LABEL k=v' -c 'LABEL a=1' one one >/dev/null; docker commit -c 'LABEL k=w' one two >/dev/null; for f in label=k label=k=v label=k= 'label=k --filter label=a=1' 'label=k=v --filter label=k=w' label=; do echo \"== $f\"; docker images --format '{{.Repository}}' --filter $f | sort; done",
  ],
  [
    'images: reference patterns',
    "docker tag busybox a/b:1; docker tag busybox a/c:2; docker tag busybox x.io/a/b/c:3; docker tag busybox x.io:5000/q; for r in 'busybox*' '*:1' 'a/*' '*/*' '*/*/*' '*/*/*:*' 'a/[bc]' 'a/b:[0-9]' 'x.io/a/b/c' '*:latest' 'docker.io/library/busybox' 'library/busybox' 'bus?box' '**' 'x.io*/*' '[' 'A*' '' 'busybox@*'; do echo \"== $r\"; docker images --format '{{.Repository}}:{{.Tag}}' --filter \"reference=$r\" | sort; done; docker images -q --filter reference='a/*' --filter reference=busybox | wc -l; docker images 'a/*' --filter reference=busybox",
    { unordered: true },
  ],
  [
    'images: by name and tag',
    'docker tag busybox a/b:1; docker tag busybox a/b:2; docker images a/b; docker images a/b:1; docker images a/b:3; docker images a/b c; docker images busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000; docker images B; docker images :1',
  ],
  [
    'images: dangling',
    "docker run --name one busybox touch /a; docker commit one >/dev/null; docker commit one im >/dev/null; for f in dangling=true dangling=false dangling=x 'dangling=true --filter dangling=false' dangling=1 dangling=0 dangling=TRUE dangling= dangling; do echo \"== $f\"; docker images --format '{{.Repository}}:{{.Tag}}' --filter $f | sort; done",
  ],
  [
    'images: between two',
    "docker run --name one busybox touch /a; docker commit one one >/dev/null; sleep 1; docker commit one two >/dev/null; sleep 1; docker commit one three >/dev/null; docker images --format '{{.Repository}}' --filter since=one; echo; docker images --format '{{.Repository}}' --filter since=one --filter before=three; docker images --filter since=nosuch; docker images --filter since=Bad; docker images --format '{{.Repository}}' --filter since=$(docker images -q two)",
  ],
  [
    'images --format: table and json',
    "docker tag busybox a/b:1; docker images --format 'table {{.Repository}}\\t{{.Digest}}\\t{{.ID}}\\t{{.Size}}' busybox; docker images --format json busybox; docker images --format '{{.VirtualSize}} {{.SharedSize}} {{.UniqueSize}} {{.Containers}}' busybox; docker images --format '{{.Nosuch}}' busybox; docker images --format '{{' busybox; docker images -q --no-trunc --format x busybox; docker images -q --digests busybox",
  ],
  [
    'images -a: steps between',
    "docker run --name one busybox touch /a; docker commit one one >/dev/null; sleep 1; docker run --name two one touch /b; docker commit two two >/dev/null; docker rm one two; docker rmi one; docker images --format '{{.Repository}}' | head -1; docker images -a --format '{{.Repository}}' | head -2; docker images -aq | wc -l; docker images -a -q -f dangling=true; docker images -a -f dangling=false --format '{{.Repository}}' | head -1",
  ],
  [
    'image inspect: of a commit',
    "docker run --name box -e A=1 -l q=r busybox sh -c 'echo 12345 >/f'; docker commit -a me -m msg -c 'CMD [\"x\"]' box im:1; docker tag im:1 im:2; docker inspect im:1 | grep -v -E 'Data|Dir|LastTagTime|DockerVersion'; docker inspect -f '{{json .ContainerConfig}} {{len .GraphDriver.Data}} {{.Size}} {{.VirtualSize}}' im:1 busybox",
  ],
  [
    'inspect: types and templates',
    "docker tag busybox a/b:1; docker image inspect a/b:1 nosuch busybox -f '{{.Id}} {{json .RepoTags}}'; for t in image container volume network nosuch; do docker inspect --type $t -f '{{.Id}}' busybox; done; docker inspect --type image nosuch; docker inspect nosuch busybox -f '{{.Id}}'; docker inspect -s busybox | head -3; docker inspect -f '{{.Config.Nosuch}}' busybox; docker inspect -f '{{json .Config.Cmd}} {{index .Config.Env 0}} {{len .RootFS.Layers}} {{range .RootFS.Layers}}{{.}},{{end}}' busybox",
  ],
  [
    'image inspect: all ways to say which',
    "d=$(docker inspect -f '{{index .RepoDigests 0}}' busybox); id=$(docker inspect -f '{{.Id}}' busybox); docker image inspect -f '{{.Id}}' $d busybox:latest@${d#*@} busybox:nosuch@${d#*@} nosuch@${d#*@} $id ${id:0:15} ${id:7:5} ${id:7} sha256 sha256: ${id}0 '' ' ' Busybox 'a b' @ a:b:c .. a/ /a /a/b",
  ],
  [
    'history: all forms',
    "docker run --name box busybox sh -c 'echo 12345 >/f'; docker commit -m 'a comment that is long enough to be something' box im:1 >/dev/null; docker tag im:1 im:2; docker history im:1; docker history -q --no-trunc im:1; docker history --no-trunc im:1; docker history -H=false im:1; docker history --format 'table {{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}' im:2; docker history --format '{{json .}}' im:2; docker history --format '{{.Nosuch}}' im:2; docker history; docker history a b; docker history Bad; docker history ''",
  ],
  [
    'tag: the grammar of names',
    "for t in a/b a//b a.b/c a-b_c.d/e a__b a___b a..b -a a- _a a_ localhost/a localhost:5000/a localhost:99999/a LOCALHOST/a Foo.io/a foo.io/A a:T_.-x a:.x a:-x a:_x 'a b' '' ' ' / /a a/ :a a: a@b docker.io/a docker.io/library/c index.docker.io/d docker.io/a/b library/e sha256 sha256:aa 127.0.0.1:5000/x '[::1]:5000/x'; do echo \"== $t\"; docker tag busybox \"$t\" 2>&1; done; docker images --format '{{.Repository}}:{{.Tag}}' | sort",
  ],
  [
    'tag: lengths',
    "x() { printf 'x%.0s' $(seq $1); }; docker tag busybox a:$(x 129); docker tag busybox a:$(x 128); docker tag busybox $(x 256); docker tag busybox x/$(docker inspect -f '{{.Id}}' busybox | cut -c8-); docker images -q a",
  ],
  [
    'tag: what is tagged',
    "docker tag busybox:latest a:1; docker tag a:1 b; docker tag Bad d; docker tag busybox; docker tag busybox a b; docker tag '' d; docker tag $(docker inspect -f '{{index .RepoDigests 0}}' busybox) e; docker tag a:1 a:1",
  ],
  [
    'rmi: many ways to say which',
    `${CHANGED}; docker commit box im:1 >/dev/null; docker tag im:1 im:2; docker tag im:1 jm:1; id=$(docker inspect -f '{{.Id}}' im:1); docker rmi im; docker rmi im:1 im:1 jm; docker rmi \${id:7:12}; docker rmi $id; docker rmi -f \${id:7:10}; docker rmi im:2 jm:1; docker rmi; docker rmi ''; docker rmi ' '; docker rmi Bad; docker rmi a:b:c`,
  ],
  [
    'rmi: a container of a child',
    `${CHANGED}; docker commit box im:1 >/dev/null; docker run --name dd im:1 touch /y; docker commit dd jm:1 >/dev/null; docker rm box dd; docker run --name ee jm:1 true; docker rmi im:1; docker rmi -f jm:1; docker rmi $(docker inspect -f '{{.Image}}' ee); docker rm ee; docker rmi -f $(docker images -q -f dangling=true)`,
  ],
  [
    'rmi: every name of what runs',
    `${CHANGED}; docker commit box im:1 >/dev/null; docker tag im:1 im:2; docker run -d --name dd im:1 sleep 60 >/dev/null; docker rmi im:1; docker rmi im:2; docker rmi -f im:2; docker rmi -f $(docker inspect -f '{{.Image}}' dd); docker ps --format '{{.Image}}'`,
  ],
  [
    'rmi -f by id: names of two repositories',
    `${CHANGED}; docker commit box im:1 >/dev/null; docker tag im:1 im:2; docker tag im:1 x.io/jm:1; docker rmi -f $(docker images -q im:1)`,
  ],
  [
    'rmi: parents without a name',
    `${CHANGED}; docker commit box >/dev/null; id=$(docker images -q -f dangling=true); docker run --name dd $id touch /y; docker commit dd jm:1 >/dev/null; docker rm box dd; docker tag jm:1 km:1; docker rmi --no-prune jm:1; docker rmi km:1`,
  ],
  [
    'rmi: a digest outlives its tag',
    "docker tag hello-world hw:1; docker rmi hello-world; docker images --digests hello-world; docker images --digests hw; docker rmi hw:1; docker pull -q debian; d=$(docker inspect -f '{{index .RepoDigests 0}}' debian); docker rmi debian:latest debian:bookworm-slim; docker pull -q $d; docker images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}' debian; docker rmi $d",
  ],
  [
    'rmi: several, one of them in use',
    "docker tag busybox a:1; docker run --name box busybox true; docker rmi a:1 busybox nosuch; docker rmi -f nosuch; docker rmi -f busybox; docker inspect -f '{{.Config.Image}} {{.Image}}' box",
  ],
  ['rmi untags', 'docker tag busybox im; docker rmi im'],
  ['rmi removes', `${CHANGED}; docker commit box im; docker rm box; docker rmi im`],
  ['rmi by id', `${CHANGED}; docker commit box im; docker rm box; docker rmi $(docker images -q im)`],
  [
    'rmi by id with two tags',
    `${CHANGED}; docker commit box im; docker tag im jm:2; docker rm box; docker rmi $(docker images -q im); docker rmi -f $(docker images -q im)`,
  ],
  [
    'rmi: used by a stopped container',
    `${FRESH}; docker run --name box hello-world >/dev/null 2>&1; docker rmi hello-world`,
  ],
  [
    'rmi -f: used by a stopped container',
    `${FRESH}; docker run --name box hello-world >/dev/null 2>&1; docker rmi -f hello-world; docker ps -a --format '{{.Image}}'`,
  ],
  [
    'rmi: used by a running container',
    'docker tag busybox im; docker run -d --name box im sleep 60 >/dev/null; docker rmi -f im; docker tag busybox jm; docker rmi $(docker images -q busybox)',
  ],
  [
    'rmi by id: used by a running container',
    `${CHANGED}; docker commit box im; docker run -d --name dd im sleep 60; docker rmi im; docker rmi -f $(docker inspect -f '{{.Image}}' dd)`,
  ],
  [
    'rmi: has children',
    `${CHANGED}; docker commit box im; docker run --name dd im touch /two; docker commit dd jm; docker rm box dd; docker rmi im; docker rmi jm`,
  ],
  [
    'rmi: child keeps the parent by id',
    `${CHANGED}; docker commit box im; docker run --name dd im touch /two; docker commit dd jm; docker rm box dd; docker rmi $(docker images -q im); docker rmi -f $(docker images -q im)`,
  ],
  ['rmi: unknown', 'docker rmi nosuch; docker rmi nosuch:1 also/nosuch'],
  [
    'rmi by digest',
    `${FRESH}; docker pull -q hello-world; docker rmi $(docker inspect -f '{{index .RepoDigests 0}}' hello-world)`,
  ],
  ['rmi --no-prune', `${CHANGED}; docker commit box im; docker rm box; docker rmi --no-prune im`],
  [
    'image prune',
    `${CHANGED}; docker commit box; docker rm box; docker image prune -f; docker image prune -f`,
  ],
  [
    'image prune -a',
    `${CHANGED}; docker commit box im; docker image prune -af --filter label=nosuch; docker rm box`,
  ],
  ['pull', `${FRESH}; docker pull hello-world`],
  ['pull what is there', 'docker pull busybox; docker pull -q busybox:latest'],
  [
    'pull by digest',
    `${FRESH}; docker pull -q hello-world; digest=$(docker inspect -f '{{index .RepoDigests 0}}' hello-world); ${FRESH}; docker pull $digest; docker images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}' | sort`,
  ],
  [
    'pull: unknown',
    'docker pull nosuch; docker pull nosuch/tool:1; docker pull busybox:nosuch',
    { differs: 'hub', mask: /\nThis machine has no way to a hub[^\n.]*/gu },
  ],
  ['pull: bad name', 'docker pull Busybox; docker pull busybox:!; docker pull busybox@sha256:12'],
  ['pull -a', 'docker pull -a busybox'],
  [
    'pull a second tag',
    'docker pull debian; docker pull debian:bookworm-slim; docker images --format "{{.Repository}}:{{.Tag}} {{.ID}}" debian | sort',
  ],
  [
    'commit',
    `${CHANGED}; docker commit box; docker commit box im; docker commit box a/b:1; docker images -a --format '{{.Repository}}:{{.Tag}} {{.Size}}'`,
    { unordered: true },
  ],
  [
    'commit -m -a',
    `${CHANGED}; docker commit -m 'what changed' -a 'Ann <ann@example.org>' box im; docker inspect -f '{{.Comment}}|{{.Author}}|{{json .Config}}|{{.Parent}}|{{len .RootFS.Layers}}' im`,
  ],
  [
    'commit: what is in it',
    `${CHANGED}; docker commit box im >/dev/null; docker run --rm im sh -c 'cat /one; tail -1 /etc/passwd; ls /etc'`,
  ],
  [
    'commit of a running one',
    "docker run -d --name box busybox sh -c 'echo a >/a; sleep 60' >/dev/null; eventually 'docker exec box grep a /a'; docker commit box im; docker commit -p=false box jm; docker run --rm jm cat /a; docker inspect -f '{{.State.Status}}' box",
  ],
  [
    'commit --change',
    `${CHANGED}; docker commit -c 'CMD ["cat", "/one"]' -c 'ENV A=1 B="two words"' -c 'LABEL l=1 m="a b"' -c 'WORKDIR /tmp' -c 'USER www-data' -c 'EXPOSE 80 90/udp' -c 'VOLUME /data' box im; docker inspect -f '{{json .Config}}' im; docker run --rm im`,
  ],
  [
    'commit --change ENTRYPOINT',
    `${CHANGED}; docker commit -c 'ENTRYPOINT ["echo", "x"]' box im; docker run --rm im y; docker commit -c 'ENTRYPOINT echo shell' box jm; docker inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' jm; docker run --rm jm`,
  ],
  [
    'commit --change CMD in shell form',
    `${CHANGED}; docker commit -c 'CMD echo $HOME' box im; docker inspect -f '{{json .Config.Cmd}}' im; docker run --rm im`,
  ],
  [
    'commit --change ENV of what is there',
    "docker run --name box -e A=1 busybox true; docker commit -c 'ENV A 2 3' -c 'ENV PATH=/x:$PATH' box im; docker inspect -f '{{json .Config.Env}}' im",
  ],
  [
    'commit --change HEALTHCHECK',
    `${CHANGED}; docker commit -c 'HEALTHCHECK --interval=5s --retries=2 CMD test -f /one' box im; docker inspect -f '{{json .Config.Healthcheck}}' im; docker commit -c 'HEALTHCHECK NONE' box jm; docker inspect -f '{{json .Config.Healthcheck}}' jm`,
  ],
  [
    'commit --change ONBUILD',
    `${CHANGED}; docker commit -c 'ONBUILD RUN true' -c 'ONBUILD COPY im jm' box im; docker inspect -f '{{json .Config.OnBuild}}' im`,
  ],
  [
    'commit --change SHELL',
    `${CHANGED}; docker commit -c 'SHELL ["/bin/ash", "-c"]' box im; docker inspect -f '{{json .Config.Shell}}' im`,
  ],
  [
    'commit --change: refused',
    `${CHANGED}; docker commit -c 'RUN true' box im; docker commit -c 'NOSUCH x' box im; docker commit -c 'ENV' box im; docker commit -c 'EXPOSE x' box im; docker commit -c 'COPY im jm' box im; docker commit -c 'FROM busybox' box im; docker commit -c 'STOPSIGNAL INT' box im`,
  ],
  [
    'commit --change: relative WORKDIR',
    "docker run --name box -w /tmp busybox true; docker commit -c 'WORKDIR sub' box im; docker inspect -f '{{.Config.WorkingDir}}' im",
  ],
  [
    'commit keeps the configuration',
    "docker run --name box -e A=1 -w /tmp -u 1 -l x=y --expose 80 -v /v --entrypoint env busybox; docker commit box im; docker inspect -f '{{json .Config}}' im",
  ],
  ['commit: bad name', `${CHANGED}; docker commit box A; docker commit box im:!; docker commit nosuch im`],
  [
    'commit leaves out volumes',
    "docker run --name box -v /v --tmpfs /t busybox sh -c 'touch /v/a /t/b /cc'; docker commit box im >/dev/null; docker run --rm --entrypoint ls im /v /t /cc",
  ],
  [
    'commit: modes, owners, links',
    "docker run --name box busybox sh -c 'cd /home; echo a >a; chmod 4750 a; chown 33:7 a; ln a b; ln -s a s; mkfifo f; mkdir -m 1777 d; touch -d 2001-02-03 old'; docker commit box x >/dev/null; docker run --rm x sh -c \"cd /home; stat -c '%n %F %a %u:%g %h' *; readlink s; date -r old +%F\"",
  ],
  [
    'commit: a folder replaced',
    "docker run --name box busybox sh -c 'rm -r /home /etc; mkdir /etc; echo new >/etc/new'; docker commit box x >/dev/null; docker run --rm x ls -A /etc / ",
    { unordered: true },
  ],
  [
    'commit: image created from a container of a commit',
    `${CHANGED}; docker commit box im >/dev/null; docker run --name dd im rm /one; docker commit dd jm >/dev/null; docker run --rm jm ls /one; docker run --rm im ls /one`,
  ],
  [
    'create from an image with everything',
    "docker run --name box busybox true; docker commit -c 'ENTRYPOINT [\"echo\"]' -c 'CMD [\"default\"]' box im >/dev/null; docker run --rm im; docker run --rm im given; docker run --rm --entrypoint sh im -c 'echo over'",
  ],
  [
    'short id that fits nothing',
    'docker inspect abcdef012345; docker run --rm abcdef012345 true',
    { differs: 'hub', mask: /\nThis machine has no way to a hub[^\n.]*/gu },
  ],
  ['import and save are told apart', 'docker image nosuch', {}],
];
