import type { Row } from '../row.ts';

/** Removes what a pull needs to be seen. */
const FRESH = 'docker rmi -f hello-world >/dev/null 2>&1';
const CHANGED = "docker run --name cc busybox sh -c 'echo one >/one; echo x >>/etc/passwd; rm /etc/group'";

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
    "docker run --name cc busybox true; docker commit cc later; docker images --format '{{.Repository}}' --filter since=busybox; docker images --format '{{.Repository}}' --filter before=nosuch",
  ],
  ['images --format', "docker images --format '{{json .}}' busybox"],
  [
    'images -a',
    "docker run --name cc busybox true; docker commit cc; docker images -a --format '{{.Repository}}:{{.Tag}}'",
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
    `${CHANGED}; docker commit -m 'first change' cc im; docker run --name dd im touch /two; docker commit -m second dd jm; docker history --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' jm`,
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
    "docker run --name cc busybox true; docker tag busybox im; docker commit cc im; docker images --format '{{.Repository}}:{{.Tag}}' | sort",
  ],
  ['rmi untags', 'docker tag busybox im; docker rmi im'],
  ['rmi removes', `${CHANGED}; docker commit cc im; docker rm cc; docker rmi im`],
  ['rmi by id', `${CHANGED}; docker commit cc im; docker rm cc; docker rmi $(docker images -q im)`],
  [
    'rmi by id with two tags',
    `${CHANGED}; docker commit cc im; docker tag im jm:2; docker rm cc; docker rmi $(docker images -q im); docker rmi -f $(docker images -q im)`,
  ],
  [
    'rmi: used by a stopped container',
    `${FRESH}; docker run --name cc hello-world >/dev/null 2>&1; docker rmi hello-world`,
  ],
  [
    'rmi -f: used by a stopped container',
    `${FRESH}; docker run --name cc hello-world >/dev/null 2>&1; docker rmi -f hello-world; docker ps -a --format '{{.Image}}'`,
  ],
  [
    'rmi: used by a running container',
    'docker tag busybox im; docker run -d --name cc im sleep 60 >/dev/null; docker rmi -f im; docker tag busybox jm; docker rmi $(docker images -q busybox)',
  ],
  [
    'rmi by id: used by a running container',
    `${CHANGED}; docker commit cc im; docker run -d --name dd im sleep 60; docker rmi im; docker rmi -f $(docker inspect -f '{{.Image}}' dd)`,
  ],
  [
    'rmi: has children',
    `${CHANGED}; docker commit cc im; docker run --name dd im touch /two; docker commit dd jm; docker rm cc dd; docker rmi im; docker rmi jm`,
  ],
  [
    'rmi: child keeps the parent by id',
    `${CHANGED}; docker commit cc im; docker run --name dd im touch /two; docker commit dd jm; docker rm cc dd; docker rmi $(docker images -q im); docker rmi -f $(docker images -q im)`,
  ],
  ['rmi: unknown', 'docker rmi nosuch; docker rmi nosuch:1 also/nosuch'],
  [
    'rmi by digest',
    `${FRESH}; docker pull -q hello-world; docker rmi $(docker inspect -f '{{index .RepoDigests 0}}' hello-world)`,
  ],
  ['rmi --no-prune', `${CHANGED}; docker commit cc im; docker rm cc; docker rmi --no-prune im`],
  ['image prune', `${CHANGED}; docker commit cc; docker rm cc; docker image prune -f; docker image prune -f`],
  [
    'image prune -a',
    `${CHANGED}; docker commit cc im; docker image prune -af --filter label=nosuch; docker rm cc`,
  ],
  ['pull', `${FRESH}; docker pull hello-world`],
  ['pull what is there', 'docker pull busybox; docker pull -q busybox:latest'],
  [
    'pull by digest',
    `${FRESH}; docker pull -q hello-world; digest=$(docker inspect -f '{{index .RepoDigests 0}}' hello-world); ${FRESH}; docker pull $digest; docker images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}' | sort`,
  ],
  ['pull: unknown', 'docker pull nosuch; docker pull nosuch/tool:1; docker pull busybox:nosuch'],
  ['pull: bad name', 'docker pull Busybox; docker pull busybox:!; docker pull busybox@sha256:12'],
  ['pull -a', 'docker pull -a busybox'],
  [
    'pull a second tag',
    'docker pull debian; docker pull debian:bookworm-slim; docker images --format "{{.Repository}}:{{.Tag}} {{.ID}}" debian | sort',
  ],
  [
    'commit',
    `${CHANGED}; docker commit cc; docker commit cc im; docker commit cc a/b:1; docker images -a --format '{{.Repository}}:{{.Tag}} {{.Size}}'`,
    { unordered: true },
  ],
  [
    'commit -m -a',
    `${CHANGED}; docker commit -m 'what changed' -a 'Ann <ann@example.org>' cc im; docker inspect -f '{{.Comment}}|{{.Author}}|{{json .Config}}|{{.Parent}}|{{len .RootFS.Layers}}' im`,
  ],
  [
    'commit: what is in it',
    `${CHANGED}; docker commit cc im >/dev/null; docker run --rm im sh -c 'cat /one; tail -1 /etc/passwd; ls /etc'`,
  ],
  [
    'commit of a running one',
    "docker run -d --name cc busybox sh -c 'echo a >/a; sleep 60' >/dev/null; sleep 0.3; docker commit cc im; docker commit -p=false cc jm; docker run --rm jm cat /a; docker inspect -f '{{.State.Status}}' cc",
  ],
  [
    'commit --change',
    `${CHANGED}; docker commit -c 'CMD ["cat", "/one"]' -c 'ENV A=1 B="two words"' -c 'LABEL l=1 m="a b"' -c 'WORKDIR /tmp' -c 'USER www-data' -c 'EXPOSE 80 90/udp' -c 'VOLUME /data' cc im; docker inspect -f '{{json .Config}}' im; docker run --rm im`,
  ],
  [
    'commit --change ENTRYPOINT',
    `${CHANGED}; docker commit -c 'ENTRYPOINT ["echo", "x"]' cc im; docker run --rm im y; docker commit -c 'ENTRYPOINT echo shell' cc jm; docker inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' jm; docker run --rm jm`,
  ],
  [
    'commit --change CMD in shell form',
    `${CHANGED}; docker commit -c 'CMD echo $HOME' cc im; docker inspect -f '{{json .Config.Cmd}}' im; docker run --rm im`,
  ],
  [
    'commit --change ENV of what is there',
    "docker run --name cc -e A=1 busybox true; docker commit -c 'ENV A 2 3' -c 'ENV PATH=/x:$PATH' cc im; docker inspect -f '{{json .Config.Env}}' im",
  ],
  [
    'commit --change HEALTHCHECK',
    `${CHANGED}; docker commit -c 'HEALTHCHECK --interval=5s --retries=2 CMD test -f /one' cc im; docker inspect -f '{{json .Config.Healthcheck}}' im; docker commit -c 'HEALTHCHECK NONE' cc jm; docker inspect -f '{{json .Config.Healthcheck}}' jm`,
  ],
  [
    'commit --change ONBUILD',
    `${CHANGED}; docker commit -c 'ONBUILD RUN true' -c 'ONBUILD COPY im jm' cc im; docker inspect -f '{{json .Config.OnBuild}}' im`,
  ],
  [
    'commit --change SHELL',
    `${CHANGED}; docker commit -c 'SHELL ["/bin/ash", "-c"]' cc im; docker inspect -f '{{json .Config.Shell}}' im`,
  ],
  [
    'commit --change: refused',
    `${CHANGED}; docker commit -c 'RUN true' cc im; docker commit -c 'NOSUCH x' cc im; docker commit -c 'ENV' cc im; docker commit -c 'EXPOSE x' cc im; docker commit -c 'COPY im jm' cc im; docker commit -c 'FROM busybox' cc im; docker commit -c 'STOPSIGNAL INT' cc im`,
  ],
  [
    'commit --change: relative WORKDIR',
    "docker run --name cc -w /tmp busybox true; docker commit -c 'WORKDIR sub' cc im; docker inspect -f '{{.Config.WorkingDir}}' im",
  ],
  [
    'commit keeps the configuration',
    "docker run --name cc -e A=1 -w /tmp -u 1 -l x=y --expose 80 -v /v --entrypoint env busybox; docker commit cc im; docker inspect -f '{{json .Config}}' im",
  ],
  ['commit: bad name', `${CHANGED}; docker commit cc A; docker commit cc im:!; docker commit nosuch im`],
  [
    'commit leaves out volumes',
    "docker run --name cc -v /v --tmpfs /t busybox sh -c 'touch /v/a /t/b /cc'; docker commit cc im >/dev/null; docker run --rm --entrypoint ls im /v /t /cc",
  ],
  [
    'commit: modes, owners, links',
    "docker run --name cc busybox sh -c 'cd /home; echo a >a; chmod 4750 a; chown 33:7 a; ln a b; ln -s a s; mkfifo f; mkdir -m 1777 d; touch -d 2001-02-03 old'; docker commit cc x >/dev/null; docker run --rm x sh -c \"cd /home; stat -c '%n %F %a %u:%g %h' *; readlink s; date -r old +%F\"",
  ],
  [
    'commit: a folder replaced',
    "docker run --name cc busybox sh -c 'rm -r /home /etc; mkdir /etc; echo new >/etc/new'; docker commit cc x >/dev/null; docker run --rm x ls -A /etc / ",
    { unordered: true },
  ],
  [
    'commit: image created from a container of a commit',
    `${CHANGED}; docker commit cc im >/dev/null; docker run --name dd im rm /one; docker commit dd jm >/dev/null; docker run --rm jm ls /one; docker run --rm im ls /one`,
  ],
  [
    'create from an image with everything',
    "docker run --name cc busybox true; docker commit -c 'ENTRYPOINT [\"echo\"]' -c 'CMD [\"default\"]' cc im >/dev/null; docker run --rm im; docker run --rm im given; docker run --rm --entrypoint sh im -c 'echo over'",
  ],
  ['short id that fits nothing', 'docker inspect abcdef012345; docker run --rm abcdef012345 true'],
  ['import and save are told apart', 'docker image nosuch', {}],
];
