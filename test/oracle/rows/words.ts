import type { Row } from '../row.ts';

/** The examples of the reference, command by command, and the words that go wrong. */
export const WORDS: readonly Row[] = [
  [
    'run and exec: nothing, or blanks, as a command',
    'docker run --rm busybox ""; echo $?; docker run --rm --entrypoint " " busybox; echo $?; docker run -d --name box busybox sleep 60 >/dev/null; docker exec box ""; echo $?; docker exec box " "; docker exec box; docker exec -d box ""; echo $?; docker exec box "a b"',
  ],
  [
    'exec: a created one, and one that has gone',
    'docker create --name box busybox sleep 60 >/dev/null; docker exec box true; docker exec -d box true; docker start box; docker exec box ps -o args | grep -c sleep; docker rm -f box; docker exec box true',
  ],
  [
    'attach: who cannot be attached to',
    'docker attach nosuch; docker create --name box busybox true >/dev/null; docker attach box; docker attach; docker attach --nosuch box; docker run -d --name two busybox sh -c "sleep 4; exit 7" >/dev/null; docker attach two; echo $?; docker attach --detach-keys x--- two',
  ],
  [
    'commit: the examples of the reference, and what cannot be',
    `docker run -d --name box busybox sleep 60 >/dev/null; docker exec box touch /new; docker commit -c 'ENV DEBUG=true' -c 'CMD ["apachectl", "-DFOREGROUND"]' -c 'EXPOSE 80' -a 'A B <a@b>' -m 'a message' box svendowideit/testimage:version3; docker inspect -f '{{json .Config}} {{.Author}} {{.Comment}} {{json .ContainerConfig.Cmd}}' svendowideit/testimage:version3; docker history --format '{{.CreatedBy}}|{{.Comment}}' svendowideit/testimage:version3; docker commit -p=false box; docker commit nosuch x; docker commit box a b c; docker commit box UP; docker commit -c 'RUN x' box x; docker commit -c 'nosuch' box x; docker commit -c '' box x; docker commit box x:y:z; docker commit -c 'COPY a b' box; docker commit -c 'ENTRYPOINT []' -c 'CMD' box`,
  ],
  [
    'commit --change: clears and adds',
    `docker run --name box -e A=1 -l k=v --expose 1 -v /v -u 5 -w /w --entrypoint echo busybox x >/dev/null; docker commit -c 'USER' box; docker commit -c 'ENV A=2 B=$A' -c 'LABEL k=w l="m n"' -c 'WORKDIR rel' -c 'VOLUME /q' -c 'EXPOSE 5/udp' -c 'ONBUILD RUN x' -c 'STOPSIGNAL 9' -c 'user 7' -c 'HEALTHCHECK NONE' -c 'SHELL ["a"]' -c 'MAINTAINER z' im; docker inspect -f '{{json .Config}}|{{.Author}}' im`,
  ],
  [
    'commit: a created and a paused one',
    'docker create --name box busybox true >/dev/null; docker commit box im >/dev/null; docker history --format "{{.CreatedBy}}|{{.Size}}" im; docker run -d --name two busybox sleep 60 >/dev/null; docker pause two; docker commit two jm >/dev/null; docker inspect -f "{{.State.Status}}" two; docker unpause two',
  ],
  [
    'cp: folders with and without a dot',
    'docker run -d --name box busybox sleep 60 >/dev/null; echo hello >f.txt; docker cp f.txt box:/work; docker exec box cat /work; docker cp box:/etc/passwd - | tar x -O | head -1; mkdir app; echo a >app/a; docker cp app/. box:/tmp/app; docker cp ./app box:tmp/; docker cp app/ box:/tmp/q/; docker cp app box:/tmp/new; docker exec box find /tmp | sort; docker cp box:/tmp/app/. out; docker cp box:/tmp/app out2; docker cp box:/tmp/app out2; find out out2 | sort; docker cp box:/tmp/app/a nosuchdir/; docker cp box:/tmp/app/a existing; docker cp box:/tmp/app existing',
  ],
  [
    'cp: colons, and which side is which',
    'docker run -d --name box busybox sleep 60 >/dev/null; echo x >a:b; docker cp ./a:b box:/tmp/; docker cp a:b box:/tmp/; docker exec box ls /tmp; docker cp box:/tmp/a:b ./c:d; ls; docker cp f g; docker cp box:/a box:/b; docker cp f; docker cp nosuch box:/; docker cp box:rel/path .; docker cp -a nosuch box:/; docker cp box:"" .; docker cp - box:/etc/passwd </dev/null; docker cp . box',
  ],
  [
    'cp: owners and modes, both ways',
    'docker run -d --name box busybox sleep 60 >/dev/null; echo s >f; chmod 4711 f; chown 12:34 f; docker cp f box:/a; docker cp -a f box:/b; docker exec box stat -c "%n %a %u %g" /a /b; docker exec box sh -c "chown 7:8 /a; chmod 640 /a"; docker cp box:/a x; docker cp -a box:/a y; stat -c "%n %a %u %g" x y; docker exec -u 33 box sh -c "umask 077; mkdir /tmp/d; echo 1 >/tmp/d/e"; docker cp box:/tmp/d d; stat -c "%n %a %u" d d/e',
  ],
  [
    'diff: all letters',
    `docker run --name box busybox sh -c 'echo a >/etc/passwd; rm -r /home; mkdir -p /x/y; mv /bin/ls /bin/ll; ln -s a /tmp/l; chmod 700 /tmp; touch /var/www/.hidden; rm /etc/group; mkdir /etc/group; echo >/dev/shm/x; rm -rf /x'; docker diff box`,
    { unordered: true },
  ],
  [
    'diff: nothing, nobody, two',
    'docker create --name box busybox true >/dev/null; docker diff box; docker diff; docker diff box box; docker diff ""',
  ],
  [
    'inspect: templates of networks and volumes',
    `docker volume create --label a=b v >/dev/null; docker network create --subnet 10.7.0.0/24 --label c=d n >/dev/null; docker volume inspect -f '{{.Name}} {{.Driver}} {{.Labels.a}} {{json .Options}} {{.Scope}} {{.Mountpoint}}' v; docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}} {{.Labels}} {{.Scope}} {{.Attachable}} {{len .Containers}}' n; docker volume inspect v nosuch; docker network inspect n nosuch -f '{{.Name}}'; docker inspect v n busybox -f '{{json .Labels}}'; docker inspect v n -f '{{.Name}}'; docker inspect --type nosuch v; docker inspect --type network v; docker inspect ''; docker network inspect -v n | grep -c Subnet; docker volume inspect; docker volume inspect -f '{{.Nosuch}}' v; docker volume inspect -f '{{.UsageData}}' v`,
  ],
  [
    'images: names, patterns and filters that fit nothing',
    `docker tag busybox a/b:1; docker tag busybox a/b:2; docker images a/b; docker images a/b:1 --format '{{.Repository}}|{{.Tag}}|{{.Digest}}|{{.Size}}|{{.CreatedSince}}'; docker images a/*; docker images '*/b'; docker images 'b*'; docker images --filter reference='a/*:1' -q | wc -l; docker images nosuch; docker images a b; docker images --filter x=y; docker images --filter dangling=maybe; docker images --filter before=nosuch; docker images --filter since=a/b:9; docker images --digests a/b; docker images --no-trunc -q a/b; docker images -f label=x=y -q; docker images --format 'table {{.ID}}\\t{{.VirtualSize}}' a/b; docker images 'a/b:'; docker images '[' ; docker images --format '{{.Nosuch}}'`,
  ],
  [
    'tag: words',
    'docker tag; docker tag busybox; docker tag nosuch a; docker tag busybox A; docker tag busybox a:b:c; docker tag busybox a@sha256:0; docker tag busybox http://x; docker tag busybox -x; docker tag busybox _x; docker tag busybox a__b:x; docker tag busybox a___b:x; docker tag busybox a..b; docker tag busybox a:.x; docker tag busybox a/; docker tag busybox localhost/a; docker tag busybox x.y:80/a/b/c:t; docker tag busybox:latest:x y; docker tag "" y; docker tag busybox ""; docker images --format "{{.Repository}}:{{.Tag}}" | sort',
  ],
  [
    'rmi: unknown ones between, and one in use',
    'docker tag busybox x:1; docker rmi x:1 nosuch x:2; docker rmi; docker rmi -f; docker rmi $(docker images -q busybox | head -1); docker create --name box busybox true >/dev/null; docker rmi busybox; docker rmi -f busybox | cut -c1-9; docker rmi box; docker ps -a --format "{{.Image}}" | cut -c1-3',
  ],
  [
    'history: flags',
    `cat >Dockerfile <<'DEND'
FROM busybox
RUN echo a very long command line indeed that history has to cut down somewhere >/x
ENV a=b
CMD ["x"]
DEND
docker build  -t im .; echo "rc $?"
docker history im --format '{{.ID}}|{{.CreatedBy}}|{{.Size}}|{{.Comment}}'; docker history -H=false im --format '{{.Size}} {{.CreatedSince}}' | sed 's/[0-9T:Z-]*$//'; docker history -q im; docker history; docker history im busybox; docker history nosuch; docker history --format '{{json .}}' im | cut -d, -f1; docker history im | cut -c1-12 | tail -3`,
  ],
  [
    'ps: the filters of the reference',
    `docker run -d --name box busybox sleep 60 >/dev/null; docker run -d --name web -l color=blue -p 80 busybox sleep 60 >/dev/null; docker create --name c1 busybox true >/dev/null; docker ps --filter name=eb --format '{{.Names}}'; docker ps -a --filter 'name=^c' --format '{{.Names}}|{{.State}}|{{.RunningFor}}' | sed 's/[0-9A-Z].*ago//;s/Less.*ago//'; docker ps --filter label=color --format '{{.Labels}} {{.Label "color"}}'; docker ps -a --filter status=created --filter status=running -q | wc -l; docker ps --filter status=nosuch; docker ps -a --filter exited=0 -q; docker ps --filter publish=80 --format '{{.Names}}'; docker ps --filter publish=79-81/tcp -q | wc -l; docker ps --filter publish=x; docker ps --filter expose=80/tcp -q | wc -l; docker ps --filter 'name=[' ; docker ps --filter id=nosuch -q; docker ps -a -n 1 --format '{{.Names}}'; docker ps -al --format '{{.Names}}'; docker ps --format 'table {{.Names}}' --no-trunc; docker ps --filter before=web --format '{{.Names}}'; docker ps -a --filter since=box --format '{{.Names}}'; docker ps --filter before=nosuch; docker ps --filter ancestor=$(docker images -q busybox) -q | wc -l; docker ps --filter label=color=red -q; docker ps --filter network=nosuch -q; docker ps x; docker ps --size --format '{{.Size}}' | head -1; docker ps --filter health=none -q | wc -l; docker ps --filter isolation=default -q | wc -l; docker ps --filter volume= -q | wc -l`,
  ],
  [
    'network: ranges, and filters',
    `docker network create -d bridge --subnet=172.28.0.0/16 --ip-range=172.28.5.0/24 --gateway=172.28.5.254 br0 >/dev/null; docker run --rm --network br0 busybox sh -c 'ip -o -4 addr show eth0 | cut -d" " -f7; ip route | head -1'; docker run --rm --network br0 --ip 172.28.9.9 busybox sh -c 'ip -o -4 addr show eth0 | cut -d" " -f7'; docker network inspect br0 -f '{{json .IPAM.Config}}'; docker network create --aux-address a=10.5.0.5 --subnet 10.5.0.0/29 aux >/dev/null; docker run --rm --network aux --ip 10.5.0.5 busybox true; docker network ls --filter name=br0 --format '{{.Name}} {{.Driver}} {{.Scope}} {{.IPv6}} {{.Internal}} {{.Labels}}'; docker network ls --filter type=builtin --format '{{.Name}}'; docker network ls -f label=x -q; docker network ls --filter type=nosuch; docker network ls --filter scope=local -q | wc -l; docker network ls --filter dangling=true --format '{{.Name}}'; docker network ls --no-trunc -q | head -1 | wc -c; docker network ls --filter id=x -q; docker network rm br0 aux; docker network create; docker network rm; docker network create a b; docker network connect br0; docker network ls x`,
  ],
  [
    'network: aliases, links, an address',
    `docker network create --subnet 10.7.0.0/24 n >/dev/null; docker run -d --name db --network n --network-alias data --network-alias store busybox sleep 60 >/dev/null; docker run -d --name web busybox sleep 60 >/dev/null; docker network connect --link db:mydb --ip 10.7.0.99 --alias front n web; docker exec web sh -c 'for h in db data store mydb; do ping -c1 -W2 $h | head -1 | cut -d: -f1; done; ip -o -4 addr | cut -d" " -f2,7'; docker inspect -f '{{json .NetworkSettings.Networks.n.Aliases}} {{json .NetworkSettings.Networks.n.Links}} {{json .NetworkSettings.Networks.n.IPAMConfig}} {{len .NetworkSettings.Networks}}' web; docker run --rm --network-alias x busybox true; docker run --rm --network host --network-alias x busybox true; docker network disconnect -f n db; docker network connect n db --alias again; docker exec web ping -c1 -W2 again | head -1`,
  ],
  [
    'run --network: what does not go together',
    'docker run -d --name box busybox sleep 60 >/dev/null; docker run --rm --network container:nosuch busybox true; docker run --rm --network container:box -p 80:80 busybox true; docker run --rm --network container:box --hostname x busybox true; docker run --rm --network host -h x busybox hostname; docker run --rm --network container:box --dns 1.1.1.1 busybox true; docker run --rm --network container:box --add-host a:1.1.1.1 busybox true; docker run --rm --network container:box --mac-address 02:42:ac:11:00:55 busybox true; docker run --rm --network container: busybox true; docker run --rm --network none --link box:x busybox true; docker run --rm --network host --link box:x busybox true; docker run --rm --network none -p 80:80 busybox echo none; docker run --rm --network bridge --network-alias y busybox true; docker run --rm --expose x busybox true; docker run --rm --expose 80-90/udp busybox echo ok; docker run --rm --mac-address x busybox true; docker run --rm --ip x busybox true; docker run --rm --dns x busybox true; docker run --rm --add-host a:x busybox true; docker run --rm --hostname "a b" busybox true; docker run --rm --hostname -x busybox true',
  ],
  [
    'top, port, stats: words',
    'docker run -d --name box busybox sleep 60 >/dev/null; docker top; docker top box -eo pid,comm | sed "s/[0-9][0-9]*//"; docker top box -x 2>&1 | head -1 | tr -s " "; docker top box nosuch; docker top nosuch; docker port; docker port box 80 81; docker port box 0; docker port box 80/foo; docker stats --no-stream nosuch; docker stats --no-stream --format "{{.Container}} {{.Name}} {{.ID}}" box | cut -d" " -f1,2; docker stats --no-stream --format "{{.Nosuch}}" box; docker stats --no-stream --no-trunc --format "{{.ID}}" box | wc -c; docker stats --all --no-stream --format "table {{.Name}}" | tail -1',
  ],
  [
    'volume: the examples of the reference, and words',
    `docker volume create hello; docker run --rm -v hello:/world busybox sh -c 'echo x >/world/f; ls /world'; docker volume create --driver local --opt type=tmpfs --opt device=tmpfs --opt o=size=100m,uid=1000 foo; docker run --rm -v foo:/f busybox sh -c 'stat -c %u /f; df -k /f | tail -1 | tr -s " " | cut -d" " -f2'; docker volume ls --format '{{.Name}}: {{.Driver}} {{.Scope}} {{.Labels}}'; docker volume ls -f name=fo -q; docker volume ls -f driver=local -q; docker volume ls -f dangling=true -q; docker volume ls -f dangling=0 -q; docker volume ls -f label=x -q; docker volume ls --format '{{json .}}' | cut -d, -f1; docker volume ls x; docker volume create a b; docker volume create --name c d; docker volume create --name c; docker volume rm hello foo nosuch; docker volume rm -f nosuch; docker volume create --opt o=x y; docker volume create 'a b'; docker volume create a/b; docker volume create -l a -l b=c e; docker volume inspect -f '{{json .Labels}}' e; docker volume prune -f | tail -1; docker volume ls -q`,
  ],
  [
    '--mount: words',
    'docker run --rm --mount "" busybox true; echo $?; docker run --rm --mount "x" busybox true; echo $?; docker run --rm --mount "type=nosuch,target=/v" busybox true; echo $?; docker run --rm --mount "type=bind,target=/v" busybox true; echo $?; docker run --rm --mount "type=bind,source=/etc" busybox true; echo $?; docker run --rm --mount "type=volume" busybox true; echo $?; docker run --rm --mount "type=volume,target=v" busybox true; echo $?; docker run --rm --mount "type=bind,src=rel,dst=/v" busybox true; echo $?; docker run --rm --mount "type=tmpfs,target=/t,source=/x" busybox true; echo $?; docker run --rm --mount "type=tmpfs,target=/t,tmpfs-size=x" busybox true; echo $?; docker run --rm --mount "type=tmpfs,target=/t,tmpfs-mode=999" busybox true; echo $?; docker run --rm --mount "type=tmpfs,target=/t,tmpfs-mode=1700,tmpfs-size=1m" busybox true; echo $?; docker run --rm --mount "target=/v,readonly" busybox true; echo $?; docker run --rm --mount "target=/v,readonly=x" busybox true; echo $?; docker run --rm --mount "target=/v,ro=false" busybox true; echo $?; docker run --rm --mount "type=bind,src=/etc,dst=/v,bind-propagation=x" busybox true; echo $?; docker run --rm --mount "type=volume,src=a,dst=/v,bind-propagation=shared" busybox true; echo $?; docker run --rm --mount "type=bind,src=/etc,dst=/v,volume-nocopy" busybox true; echo $?; docker run --rm --mount "src=v1,dst=/v,volume-nocopy=true" busybox true; echo $?; docker run --rm --mount "src=v2,dst=/v,volume-label=a=b,volume-driver=local" busybox true; echo $?; docker run --rm --mount "src=v3,dst=/v,consistency=cached" busybox true; echo $?; docker run --rm --mount "dst=/v,nosuch=1" busybox true; echo $?; docker run --rm --mount "type=npipe,src=a,dst=/v" busybox true; echo $?; docker run --rm --mount "type=bind,src=/nosuchdir,dst=/v" busybox true; echo $?; docker run --rm --mount "dst=/,type=tmpfs" busybox true; echo $?; docker run --rm --mount "type=bind,src=/etc,dst=/v,bind-nonrecursive" busybox true; echo $?; docker volume ls -q | grep ^v',
  ],
  [
    'exec -w: not absolute',
    'docker run -d --name box busybox sleep 60 >/dev/null; docker exec -w rel box pwd; echo $?',
  ],
  [
    'logs --details: by regular expressions, and what is none',
    `docker run --name box -l a=1 -l ab=2 -l b=3 -e XY=1 -e Z=2 --log-opt labels-regex=^a --log-opt labels=b --log-opt env-regex='X|q' busybox echo hi; docker logs --details box; docker run --name two --log-opt labels-regex='(?i)A' -l a=1 --log-opt tag='{{.Command}} {{.ContainerName}}' busybox echo hi; docker logs --details two
for o in labels-regex='(' env-regex='*' env-regex='a(?=x)' tag='{{.Name'; do docker create --name three --log-opt "$o" busybox true >/dev/null; docker start three; docker rm three; done`,
  ],
  [
    'logs --details: what the options of the log name',
    `docker run --name box --log-opt labels=a,b --log-opt env=X -l a='1 2' -l c=2 -e X=y~* -e Z=q busybox echo hi; docker logs --details box; docker logs --details -t box | cut -d' ' -f2-; docker run --name two --log-opt tag={{.Name}}/{{.ImageName}} --log-opt max-size=1k busybox echo hi; docker logs --details two`,
  ],
  [
    'events: of networks and commands, and filters by the beginning',
    `t=$(date +%s.%N); docker network create --subnet 10.7.0.0/24 n >/dev/null; docker run -d --name box --network n busybox sleep 60 >/dev/null; docker create --name made --network n busybox true >/dev/null; docker network disconnect n box; docker network disconnect n made; docker network connect n box; docker exec box true; docker exec box echo a b; docker rm -f box >/dev/null; u=$(date +%s.%N); docker events --since $t --until $u --format '{{.Type}} {{.Action}}.{{.Actor.Attributes.name}}'; docker events --filter container=bo --since $t --until $u --format '{{.Action}}' | wc -l; docker events --filter network=n --since $t --until $u --format '{{.Action}}'; docker events --filter event=cre --since $t --until $u; docker events --filter image=busy --since $t --until $u`,
  ],
  [
    'kill: signals that there are not',
    'docker run -d --name box busybox sleep 60 >/dev/null; for s in 65 33 34 -1 CLD sigchld RTMIN+16 RTMAX-0 0; do docker kill -s $s box; done',
  ],
  [
    'scratch is no image',
    'docker pull scratch; docker pull scratch:x; docker run scratch x; docker tag busybox scratch; docker rmi scratch',
  ],
  [
    'run --entrypoint: words',
    `docker run --rm --entrypoint sh busybox -c 'echo $0 $1' a b; docker run --rm --entrypoint 'sh -c' busybox x; docker run --rm --entrypoint '["echo","x"]' busybox; docker create --entrypoint '' busybox; docker create --entrypoint '' busybox x | wc -c; docker run --rm busybox -c x; docker run --rm busybox ./x; docker run --rm -w /bin busybox ./echo rel`,
  ],
  [
    '--restart: words',
    `for p in no always unless-stopped on-failure on-failure:5 on-failure:0 on-failure:-1 on-failure:x always:1 '' : x:1 ON-FAILURE; do docker create --restart "$p" busybox true 2>&1 | sed 's/^[0-9a-f]\\{64\\}$/made/'; done; docker inspect -f '{{json .HostConfig.RestartPolicy}}' $(docker ps -aq) | sort`,
  ],
];
