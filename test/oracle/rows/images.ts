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
    'docker tag busybox a:1; docker images --filter reference="a*" --format "{{.Repository}}:{{.Tag}}"; docker images --filter dangling=true -q; docker images --filter label=x -q; docker images --filter nosuch=1',
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
    `${CHANGED}; docker commit -m 'first change' cc a; docker run --name dd a touch /two; docker commit -m second dd b; docker history --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' b`,
  ],
  [
    'tag',
    'docker tag busybox a; docker tag busybox reg.example:5000/team/a:1; docker tag a b:x; docker images --format "{{.Repository}}:{{.Tag}}" | sort',
  ],
  ['tag by id', 'docker tag $(docker images -q busybox) byid:1; docker images -q byid'],
  ['tag: unknown', 'docker tag nosuch a'],
  [
    'tag: bad names',
    'docker tag busybox A; docker tag busybox a:; docker tag busybox a:!; docker tag busybox a@sha256:0000; docker tag busybox -- -a',
  ],
  ['tag: an id is no name', 'docker tag busybox $(docker inspect -f "{{.Id}}" busybox | cut -c8-)'],
  [
    'tag moves',
    "docker run --name cc busybox true; docker tag busybox a; docker commit cc a; docker images --format '{{.Repository}}:{{.Tag}}' | sort",
  ],
  ['rmi untags', 'docker tag busybox a; docker rmi a'],
  ['rmi removes', `${CHANGED}; docker commit cc a; docker rm cc; docker rmi a`],
  ['rmi by id', `${CHANGED}; docker commit cc a; docker rm cc; docker rmi $(docker images -q a)`],
  [
    'rmi by id with two tags',
    `${CHANGED}; docker commit cc a; docker tag a b:2; docker rm cc; docker rmi $(docker images -q a); docker rmi -f $(docker images -q a)`,
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
    'docker tag busybox a; docker run -d --name cc a sleep 60 >/dev/null; docker rmi -f a; docker tag busybox b; docker rmi $(docker images -q busybox)',
  ],
  [
    'rmi by id: used by a running container',
    `${CHANGED}; docker commit cc a; docker run -d --name dd a sleep 60; docker rmi a; docker rmi -f $(docker inspect -f '{{.Image}}' dd)`,
  ],
  [
    'rmi: has children',
    `${CHANGED}; docker commit cc a; docker run --name dd a touch /two; docker commit dd b; docker rm cc dd; docker rmi a; docker rmi b`,
  ],
  [
    'rmi: child keeps the parent by id',
    `${CHANGED}; docker commit cc a; docker run --name dd a touch /two; docker commit dd b; docker rm cc dd; docker rmi $(docker images -q a); docker rmi -f $(docker images -q a)`,
  ],
  ['rmi: unknown', 'docker rmi nosuch; docker rmi nosuch:1 also/nosuch'],
  [
    'rmi by digest',
    `${FRESH}; docker pull -q hello-world; docker rmi $(docker inspect -f '{{index .RepoDigests 0}}' hello-world)`,
  ],
  ['rmi --no-prune', `${CHANGED}; docker commit cc a; docker rm cc; docker rmi --no-prune a`],
  ['image prune', `${CHANGED}; docker commit cc; docker rm cc; docker image prune -f; docker image prune -f`],
  [
    'image prune -a',
    `${CHANGED}; docker commit cc a; docker image prune -af --filter label=nosuch; docker rm cc`,
  ],
  ['pull', `${FRESH}; docker pull hello-world`],
  ['pull what is there', 'docker pull busybox; docker pull -q busybox:latest'],
  [
    'pull by digest',
    `${FRESH}; docker pull -q hello-world; digest=$(docker inspect -f '{{index .RepoDigests 0}}' hello-world); ${FRESH}; docker pull $digest; docker images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}'`,
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
    `${CHANGED}; docker commit cc; docker commit cc a; docker commit cc a/b:1; docker images -a --format '{{.Repository}}:{{.Tag}} {{.Size}}'`,
    { unordered: true },
  ],
  [
    'commit -m -a',
    `${CHANGED}; docker commit -m 'what changed' -a 'Ann <ann@example.org>' cc a; docker inspect -f '{{.Comment}}|{{.Author}}|{{json .Config}}|{{.Parent}}|{{len .RootFS.Layers}}' a`,
  ],
  [
    'commit: what is in it',
    `${CHANGED}; docker commit cc a >/dev/null; docker run --rm a sh -c 'cat /one; tail -1 /etc/passwd; ls /etc'`,
  ],
  [
    'commit of a running one',
    "docker run -d --name cc busybox sh -c 'echo a >/a; sleep 60' >/dev/null; sleep 0.3; docker commit cc a; docker commit -p=false cc b; docker run --rm b cat /a; docker inspect -f '{{.State.Status}}' cc",
  ],
  [
    'commit --change',
    `${CHANGED}; docker commit -c 'CMD ["cat", "/one"]' -c 'ENV A=1 B="two words"' -c 'LABEL l=1 m="a b"' -c 'WORKDIR /tmp' -c 'USER www-data' -c 'EXPOSE 80 90/udp' -c 'VOLUME /data' cc a; docker inspect -f '{{json .Config}}' a; docker run --rm a`,
  ],
  [
    'commit --change ENTRYPOINT',
    `${CHANGED}; docker commit -c 'ENTRYPOINT ["echo", "x"]' cc a; docker run --rm a y; docker commit -c 'ENTRYPOINT echo shell' cc b; docker inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' b; docker run --rm b`,
  ],
  [
    'commit --change CMD in shell form',
    `${CHANGED}; docker commit -c 'CMD echo $HOME' cc a; docker inspect -f '{{json .Config.Cmd}}' a; docker run --rm a`,
  ],
  [
    'commit --change ENV of what is there',
    "docker run --name cc -e A=1 busybox true; docker commit -c 'ENV A 2 3' -c 'ENV PATH=/x:$PATH' cc a; docker inspect -f '{{json .Config.Env}}' a",
  ],
  [
    'commit --change HEALTHCHECK',
    `${CHANGED}; docker commit -c 'HEALTHCHECK --interval=5s --retries=2 CMD test -f /one' cc a; docker inspect -f '{{json .Config.Healthcheck}}' a; docker commit -c 'HEALTHCHECK NONE' cc b; docker inspect -f '{{json .Config.Healthcheck}}' b`,
  ],
  [
    'commit --change ONBUILD',
    `${CHANGED}; docker commit -c 'ONBUILD RUN true' -c 'ONBUILD COPY a b' cc a; docker inspect -f '{{json .Config.OnBuild}}' a`,
  ],
  [
    'commit --change SHELL',
    `${CHANGED}; docker commit -c 'SHELL ["/bin/ash", "-c"]' cc a; docker inspect -f '{{json .Config.Shell}}' a`,
  ],
  [
    'commit --change: refused',
    `${CHANGED}; docker commit -c 'RUN true' cc a; docker commit -c 'NOSUCH x' cc a; docker commit -c 'ENV' cc a; docker commit -c 'EXPOSE x' cc a; docker commit -c 'COPY a b' cc a; docker commit -c 'FROM busybox' cc a; docker commit -c 'STOPSIGNAL INT' cc a`,
  ],
  [
    'commit --change: relative WORKDIR',
    "docker run --name cc -w /tmp busybox true; docker commit -c 'WORKDIR sub' cc a; docker inspect -f '{{.Config.WorkingDir}}' a",
  ],
  [
    'commit keeps the configuration',
    "docker run --name cc -e A=1 -w /tmp -u 1 -l x=y --expose 80 -v /v --entrypoint env busybox; docker commit cc a; docker inspect -f '{{json .Config}}' a",
  ],
  ['commit: bad name', `${CHANGED}; docker commit cc A; docker commit cc a:!; docker commit nosuch a`],
  [
    'commit leaves out volumes',
    "docker run --name cc -v /v --tmpfs /t busybox sh -c 'touch /v/a /t/b /cc'; docker commit cc a >/dev/null; docker run --rm --entrypoint ls a /v /t /cc",
  ],
  [
    'commit: modes, owners, links',
    "docker run --name cc busybox sh -c 'cd /home; echo a >a; chmod 4750 a; chown 33:7 a; ln a b; ln -s a s; mkfifo f; mkdir -m 1777 d; touch -d 2001-02-03 old'; docker commit cc x >/dev/null; docker run --rm x sh -c \"cd /home; stat -c '%n %F %a %u:%g %h' *; readlink s; date -r old +%F\"",
  ],
  [
    'commit: a folder replaced',
    "docker run --name cc busybox sh -c 'rm -r /home /etc; mkdir /etc; echo new >/etc/new'; docker commit cc x >/dev/null; docker run --rm x ls -A /etc / ",
  ],
  [
    'commit: image created from a container of a commit',
    `${CHANGED}; docker commit cc a >/dev/null; docker run --name dd a rm /one; docker commit dd b >/dev/null; docker run --rm b ls /one; docker run --rm a ls /one`,
  ],
  [
    'create from an image with everything',
    "docker run --name cc busybox true; docker commit -c 'ENTRYPOINT [\"echo\"]' -c 'CMD [\"default\"]' cc a >/dev/null; docker run --rm a; docker run --rm a given; docker run --rm --entrypoint sh a -c 'echo over'",
  ],
  ['short id that fits nothing', 'docker inspect abcdef012345; docker run --rm abcdef012345 true'],
  ['import and save are told apart', 'docker image nosuch', {}],
];
