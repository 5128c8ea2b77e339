import type { Row } from '../row.ts';

const SLEEPER = 'docker run -d --name box busybox sleep 60 >/dev/null';

/** One build after another, each of one text; the context has the file `f` and the folder `d` with the file `g`. */
const each = (...texts: readonly string[]): string =>
  `echo f >f; mkdir -p d; echo g >d/g\n${texts.map((text) => `printf '${text}' >Dockerfile; docker build .`).join('\n')}`;

const building: readonly Row[] = [
  [
    'build: WORKDIR onto a file',
    each(
      'FROM busybox\\nWORKDIR /etc/passwd\\n',
      'FROM busybox\\nWORKDIR /etc/passwd/deeper\\n',
      'FROM busybox\\nRUN ln -s /etc/passwd /link\\nWORKDIR /link\\n',
    ),
    { differs: 'paths', mask: /\/\S*overlay2\/[^/ ]+\/merged/gu },
  ],
  [
    'build: WORKDIR through links, and up',
    each(
      'FROM busybox\\nRUN mkdir /real; ln -s /real /link\\nWORKDIR /link/sub\\nRUN pwd; ls -d /real/sub\\nWORKDIR ../..\\nRUN pwd\\nWORKDIR a b\\nRUN pwd\\n',
    ),
  ],
  [
    'build: COPY onto what is there',
    each(
      'FROM busybox\\nCOPY d /etc/passwd\\n',
      'FROM busybox\\nCOPY f /etc\\nRUN cat /etc/f\\n',
      'FROM busybox\\nRUN mkdir /x; echo x >/x/g\\nCOPY d /x\\nRUN cat /x/g\\n',
      'FROM busybox\\nRUN ln -s /tmp /link\\nCOPY f /link/\\nRUN ls -l /tmp/f | cut -c1-10\\n',
      'FROM busybox\\nRUN ln -s /etc/new /link\\nCOPY f /link\\nRUN cat /etc/new; ls -ld /link | cut -c1-10\\n',
    ),
    { differs: 'paths', mask: /^failed to copy files: .*$/gmu },
  ],
  [
    'build: variables in what is copied',
    each(
      'FROM busybox\\nARG n=f\\nENV to=/w\\nWORKDIR $to\\nCOPY $n ./\\nCOPY ${n:-x} ${to}/${n}2\\nCOPY ["${n}", "/a b/"]\\nRUN ls . "/a b"\\n',
      'FROM busybox\\nENV a=f\\nCOPY \\\\$a /\\n',
    ),
  ],
  [
    'build: patterns in what is copied',
    each(
      'FROM busybox\\nCOPY * /all/\\nRUN find /all | sort\\n',
      'FROM busybox\\nCOPY d* /x\\nRUN find /x | sort\\n',
      'FROM busybox\\nCOPY [a-f] /x/\\nRUN find /x | sort\\n',
      'FROM busybox\\nCOPY */g /x\\nRUN find /x\\n',
      'FROM busybox\\nCOPY [ /x\\n',
      'FROM busybox\\nCOPY f* d* /x\\n',
    ),
  ],
  [
    'build: ADD unpacks, and what it does not',
    `mkdir t; echo in >t/in; tar -C t -czf a.tgz in; tar -C t -cf a.tar in; gzip -k t/in; ${each(
      'FROM busybox\\nADD a.tgz a.tar /x/\\nRUN ls /x\\n',
      'FROM busybox\\nADD t/in.gz /x/\\nRUN ls /x\\n',
      'FROM busybox\\nCOPY a.tgz /x/\\nRUN ls /x\\n',
      'FROM busybox\\nADD a.tar /x\\nRUN ls -ld /x | cut -c1-10\\n',
    )}`,
    { differs: 'paths', mask: /^(?:ADD|COPY) failed: .*$/gmu },
  ],
  [
    'build: ADD from an address that is none',
    each(
      'FROM busybox\\nADD http://127.0.0.1:1/f /\\n',
      'FROM busybox\\nADD http:///f /\\n',
      'FROM busybox\\nADD http://127.0.0.1:1/ /\\n',
    ),
  ],
  [
    'build: line ends and what is escaped',
    each(
      'FROM busybox\\r\\nENV a=1\\r\\nRUN echo "[$a]"\\r\\n',
      '# escape=`\\nFROM busybox\\nRUN echo a `\\n  b\\n',
      'FROM busybox\\nRUN echo a \\\\\\n# in between\\n  b\\n',
      '\\xef\\xbb\\xbfFROM busybox\\nENV a=1\\n',
      'FROM busybox\\nENV a="x y" b=\\x27$HOME\\x27 c=\\\\$HOME d=${HOME:+set}\\nRUN echo "$a|$b|$c|$d"\\n',
    ),
  ],
  [
    'build: labels, ports and volumes by variable',
    `${each('FROM busybox\\nARG p=80\\nENV v=/v\\nEXPOSE $p/tcp $p/udp 9000-9002\\nLABEL "$v"=$p multi="a\\\\\\n b"\\nVOLUME $v /w\\nVOLUME ["/x", "/y"]\\nUSER ${u:-7}\\nSTOPSIGNAL ${s:-INT}\\n')}
docker inspect -f '{{json .Config.ExposedPorts}} {{json .Config.Labels}} {{json .Config.Volumes}} {{.Config.User}} {{.Config.StopSignal}}' $(docker images -q | head -1)`,
  ],
  [
    'build: words of the command line',
    `mkdir d; printf 'FROM busybox\\n' >Dockerfile; docker build --build-arg . ; docker build --memory 1m .; docker build --platform nosuch .; docker build --platform linux/arm64 .; docker build --isolation hyperv .; docker build --ulimit x .; docker build --shm-size x .; docker build -f d .; docker build --cpu-shares 1 . | head -1; docker build --security-opt x . ; docker build --add-host x .; docker build --network container:nosuch .`,
    { differs: 'paths', mask: /read \S*(?=: is a directory)/gu },
  ],
  [
    'build: FROM an image by id and by digest',
    `id=$(docker inspect -f '{{.Id}}' busybox); d=$(docker inspect -f '{{index .RepoDigests 0}}' busybox); for from in $id $(echo $id | cut -c8-19) $d busybox@sha256:${'1'.repeat(64)} sha256:${'1'.repeat(64)}; do echo "FROM $from" | docker build -; done`,
    { differs: 'hub', mask: /\nThis machine has no way to a hub[^\n.]*/gu },
  ],
  [
    'build: containers of the steps, as told',
    `printf 'FROM busybox\\nENV a=1\\nRUN true\\nLABEL b=2\\nWORKDIR /w\\n' >Dockerfile; since=$(date +%s.%N); docker build -q --no-cache . >/dev/null; docker events --since $since --until $(date +%s.%N) --filter type=container --format '{{.Action}} {{.Actor.Attributes.image}}'`,
  ],
];

const removing: readonly Row[] = [
  [
    'rmi: of a running container by a prefix of the id',
    "docker tag busybox im; docker run -d --name box im sleep 60 >/dev/null; id=$(docker inspect -f '{{.Image}}' box); docker rmi $id; docker rmi -f $id; docker rmi ${id:7:6}; docker rmi -f ${id:7:6}; docker rmi im",
  ],
  [
    'rmi: a created and a paused container',
    `docker run --name one busybox touch /a; docker commit one im >/dev/null; docker create --name two im true >/dev/null; docker rmi im; docker rm one two; docker run -d --name box im sleep 60 >/dev/null; docker pause box; docker rmi im; docker rmi -f im; docker unpause box; docker rm -f box; docker images -a --format '{{.Repository}}' | sort`,
  ],
  [
    'rmi: a step between',
    "printf 'FROM busybox\\nENV a=1\\nENV b=2\\n' | docker build -q -t im - >/dev/null; parent=$(docker inspect -f '{{.Parent}}' im); docker rmi $parent; docker rmi -f $parent; docker tag $parent jm; docker rmi im; docker images -a --format '{{.Repository}}' | sort; docker rmi jm",
  ],
  [
    'rmi: words',
    "docker rmi ''; docker rmi busybox:; docker rmi @x; docker rmi sha256:; docker rmi sha256:x; docker rmi -f ''",
  ],
  [
    'rm: many ways to fail',
    `${SLEEPER}; docker rm box; docker rm nosuch box; docker rm -f nosuch; docker rm -fv box nosuch; docker rm -l nosuch/alias; docker rm ''`,
  ],
  [
    'container prune and image prune: filters',
    "docker create --name one -l a=1 busybox true >/dev/null; docker create --name two busybox true >/dev/null; docker container prune -f --filter label=a=2; docker container prune -f --filter label!=a | grep -v ^[0-9a-f]; docker container prune -f --filter until=nosuch; docker container prune -f --filter nosuch=1; docker image prune -f --filter dangling=x; docker image prune -f --filter until=10h; docker volume prune -f --filter until=1h; docker network prune -f --filter name=x; docker ps -a --format '{{.Names}}'",
  ],
];

const showing: readonly Row[] = [
  [
    'inspect: templates of odd things',
    `${SLEEPER}; for t in '{{.Nosuch}}' '{{.State.Nosuch}}' '{{json .Nosuch}}' '{{index .Config.Env 99}}' '{{index .Config.Labels "x"}}' '{{.Config.Labels.x}}' '{{len .Mounts}}' '{{join .Args ","}}' '{{upper .Name}}' '{{title "ab cd"}}' '{{split .Path "l"}}' '{{pad .Path 2 3}}|' '{{truncate .Id 3 | len}}' '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}' '{{if .State.Running}}up{{else}}down{{end}}' '{{printf "%T %T" .SizeRw .RestartCount}}' '{{' '{{end}}' '{{println .Name}}'; do echo "== $t"; docker inspect -f "$t" box | cut -c1-60; done`,
  ],
  [
    'inspect: of an image that is no container',
    "docker tag busybox box; docker create --name box busybox true >/dev/null; docker inspect -f '{{.Name}}' box; docker inspect --type image -f '{{.RepoTags}}' box; docker volume create box; docker inspect --type volume -f '{{.Name}}' box; docker network create box >/dev/null; docker inspect --type network -f '{{.Name}}' box; docker inspect --type container --size -f '{{.SizeRw}} {{.SizeRootFs}}' box; docker inspect -s busybox -f '{{.Size}}'; docker container inspect busybox; docker image inspect --format '{{.Nosuch}}' busybox",
  ],
  [
    'ps: formats of odd things',
    `${SLEEPER}; docker ps --format '{{.ID}} {{.Nosuch}}'; docker ps --format '{{json .}}' | grep -o '"[A-Z][A-Za-z]*":' | sort; docker ps --format 'table {{.Names}}\\t{{.Label "x"}}\\t{{.Mounts}}\\t{{.Networks}}\\t{{.LocalVolumes}}'; docker ps --filter nosuch=1; docker ps --filter status=nosuch; docker ps --filter exited=x; docker ps --filter health=nosuch; docker ps --filter is-task=x; docker ps --last 1 -q | wc -l; docker ps -n -1 -q | wc -l; docker ps --filter ancestor=nosuch -q; docker ps --filter volume=/x --filter network=bridge -q; docker ps --filter publish=80 -q; docker ps --filter expose=x -q`,
  ],
  [
    'logs: odd wishes',
    `docker run --name box busybox sh -c 'echo one; echo two >&2'; docker logs --tail x box; docker logs --tail -1 box; docker logs --tail 0 box; docker logs --since x box; docker logs --until 1s box 2>&1; docker logs --since 10000h box 2>&1; docker logs --details box 2>/dev/null; docker logs -f --tail 1 box; docker logs nosuch; docker logs --since 2000-01-01T00:00:00Z box 2>/dev/null`,
    { unordered: true },
  ],
  [
    'top and port: odd wishes',
    `${SLEEPER}; docker top box -o pid,nosuch; docker top box -o args; docker top box aux | head -1; docker top nosuch; docker port box 80; docker port box x; docker port nosuch; docker port box 80/udp; docker stop -t 0 box >/dev/null; docker top box; docker port box`,
  ],
];

const copying: readonly Row[] = [
  [
    'cp: the root, links that lead out, and the working folder',
    `${SLEEPER}; docker exec box sh -c 'ln -s / /root-link; ln -s nowhere /dangling; mkdir -p /w/x; ln -s ../.. /w/up'; docker cp box:/root-link/etc/passwd p; test -s p && echo got; docker cp box:/dangling dangling; readlink dangling; docker cp -L box:/dangling x; docker cp p box:/dangling; docker exec box ls /nowhere; docker cp p box:/w/up/etc/p; docker exec box ls /etc/p; docker cp box:etc/hostname - | tar t; docker cp box:. - | tar t | grep -c '^./etc/passwd$'`,
  ],
  [
    'cp: what cannot be',
    `${SLEEPER}; mkdir d; touch d/f f; docker cp d/f/ box:/; docker cp f box:; docker cp : box:/; docker cp box: .; docker cp box:/etc/passwd/ x; docker cp box:/etc/passwd nosuch/x; docker cp d box:/etc/hostname; docker cp f box:/proc/f; docker cp f box:/dev/; docker cp - box:/etc/passwd </dev/null; echo junk | docker cp - box:/tmp; docker cp - box:/nosuch </dev/null; docker cp - - </dev/null; docker cp nosuch:/x - ; docker cp box:/nosuch -`,
    { differs: 'paths', mask: /(?<=lstat )\S*(?=\/etc\/passwd\/:)/gu },
  ],
  [
    'cp: a stopped one, a paused one, special files',
    `docker run --name box busybox sh -c 'mkfifo /p; mkdir /s; chmod 1777 /s; touch -d @5 /s/old; ln /s/old /s/hard'; docker cp box:/s out; stat -c '%a %Y' out out/old; docker cp box:/p - | tar tv | cut -c1-10; docker run -d --name two busybox sleep 60 >/dev/null; docker pause two; docker cp out two:/; docker cp two:/out/old - | tar t; docker unpause two; docker exec two stat -c '%a %n' /out`,
  ],
];

const data: readonly Row[] = [
  [
    'volume: options of the local driver',
    `docker volume create -o nosuch=1 vol; docker volume create -o type=tmpfs vol; docker volume create -o device=tmpfs vol; docker volume create --driver nosuch vol; docker volume create -o type=tmpfs -o device=tmpfs -o o=size=1m vol; docker volume inspect -f '{{json .Options}}' vol; docker run --rm -v vol:/v busybox sh -c 'grep " /v " /proc/mounts | cut -d" " -f1-3; touch /v/f; ls /v'; docker run --rm -v vol:/v busybox ls /v; docker volume prune -f; docker volume ls -q; docker volume rm vol`,
  ],
  [
    'volume: a folder by bind, and what is not there',
    `mkdir d; echo in >d/f; docker volume create -o type=none -o o=bind -o device=$PWD/d vol; docker run --rm -v vol:/v busybox sh -c 'cat /v/f; touch /v/new'; ls d; docker volume create -o type=none -o o=bind -o device=$PWD/nosuch bad; docker run --rm --name box -v bad:/v busybox true; docker ps -aq; docker volume rm vol; ls d; docker run --rm --mount type=volume,src=made,dst=/v,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=$PWD/d busybox ls /v; docker volume rm bad made`,
  ],
  [
    'volume: the same name with other options',
    "docker volume create -l a=1 vol; docker volume create -l b=2 vol; docker volume inspect -f '{{json .Labels}}' vol; docker volume create -o type=tmpfs -o device=tmpfs vol; docker volume inspect -f '{{json .Options}}' vol; docker volume create ''; docker volume create a; docker volume create ../x; docker volume create .x; docker volume create -l =x yol; docker volume ls --filter driver=nosuch -q; docker volume ls --filter label -q; docker volume ls --filter dangling=x; docker volume ls --filter nosuch=1; docker volume rm a yol vol",
  ],
  [
    'volume: containers that have it',
    `docker create --name one -v vol:/v busybox true >/dev/null; docker create --name two -v vol:/v busybox true >/dev/null; docker volume rm vol nosuch 2>&1 | cut -d[ -f1; docker rm -v one; docker volume ls -q; docker volume rm -f vol; docker rm -v two; docker volume ls -q; docker volume rm vol; docker volume rm`,
  ],
  [
    'network: what cannot be created',
    `for o in '--driver nosuch' '--driver host' '--driver null' '--subnet 10.9.0.0/33' '--subnet 10.9.0.5/24' '--subnet 10.9.0.0/24 --ip-range 10.8.0.0/24' '--subnet 10.9.0.0/24 --gateway 10.8.0.1' '--subnet 10.9.0.0/24 --gateway x' '--subnet 10.9.0.0/24 --subnet 10.8.0.0/24' '--ip-range 10.9.0.0/28' '--subnet 10.9.0.0/24 --aux-address x=10.8.0.2' '--scope nosuch' '--attachable' '--config-from nosuch' '--ingress' '--ipam-driver nosuch' '-o com.docker.network.driver.mtu=x' '-o com.docker.network.bridge.name=toolongforaninterface' '--label =x'; do echo "== $o"; docker network create $o n; docker network rm n >/dev/null 2>&1; done`,
  ],
  [
    'network: what cannot be connected',
    `docker network create --subnet 10.7.0.0/24 n >/dev/null; ${SLEEPER}; docker network connect n box; docker network connect n box; docker network disconnect n box; docker network disconnect n box; docker network disconnect -f n nosuch; docker network disconnect nosuch box; docker network connect --ip x n box; docker network connect --ip 10.7.0.1 n box; docker network connect none box; docker network disconnect bridge box; docker network connect none box; docker network disconnect none box; docker network disconnect host box; docker rm -f box; docker network rm n host none nosuch`,
  ],
  [
    'network: addresses that are taken',
    `docker network create --subnet 10.7.0.0/29 n >/dev/null; docker run -d --name one --network n --ip 10.7.0.3 busybox sleep 60 >/dev/null; docker run --name two --network n --ip 10.7.0.3 busybox true; for i in 1 2 3 4; do docker run -d --name m$i --network n busybox sleep 60 >/dev/null; done; docker run --name last --network n busybox true; docker network inspect -f '{{len .Containers}}' n`,
  ],
  [
    '--link: names and environment',
    `docker run -d --name srv --expose 80 -p 81 -e COLOR=red busybox sleep 60 >/dev/null; docker run --rm --name cli --link srv:store --link srv busybox sh -c 'env | grep -E "^(STORE|SRV)_" | sort; grep -E "store|srv" /etc/hosts | sort'; docker create --name lnk --link srv:store busybox true >/dev/null; docker inspect -f '{{json .HostConfig.Links}}' lnk; docker inspect -f '{{.Name}}' lnk/store; docker ps --format '{{.Names}}' | sort; docker rm --link lnk/store; docker inspect -f '{{json .HostConfig.Links}}' lnk; docker run --rm --link nosuch:x busybox true; docker run --rm --link lnk:x busybox true; docker network create --subnet 10.7.0.0/24 n >/dev/null; docker run -d --name on --network n busybox sleep 60 >/dev/null; docker run --rm --network n --link on:alias busybox sh -c 'ping -c1 -W2 alias >/dev/null && echo reached; env | grep ALIAS'`,
  ],
  [
    'run: limits on devices',
    `for o in '--device-read-bps x' '--device-read-bps /dev/zero:x' '--blkio-weight 5' '--blkio-weight 500' '--blkio-weight-device /dev/null:5' '--device-cgroup-rule x' '--device-cgroup-rule "c 1:3 r"'; do echo "== $o"; docker run --rm $o busybox true; done`,
  ],
];

export const EDGES: readonly Row[] = [...building, ...removing, ...showing, ...copying, ...data];
