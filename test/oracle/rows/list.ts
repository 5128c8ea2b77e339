import type { Row } from '../row.ts';

const THREE =
  "docker run --name done busybox sh -c 'exit 3'; docker run -d --name runs -l kind=web -p 8080:80 busybox sleep 60 >/dev/null; docker create --name made -l kind=db -v data:/d debian true >/dev/null";
const NAMES = '--format {{.Names}}';

export const LISTS: readonly Row[] = [
  ['ps: nothing', 'docker ps'],
  ['ps', `${THREE}; docker ps`],
  ['ps -a', `${THREE}; docker ps -a`],
  ['ps -aq', `${THREE}; docker ps -aq; docker ps -aq --no-trunc`],
  ['ps -l', `${THREE}; docker ps -l ${NAMES}`],
  ['ps -n', `${THREE}; docker ps -n 2 ${NAMES}`],
  [
    'ps -s',
    "docker run -d --name box busybox sh -c 'head -c 12345 /dev/zero >/f; touch /ready; sleep 60' >/dev/null; eventually 'docker exec box test -e /ready'; docker ps -s --format '{{.Names}} {{.Size}}'",
  ],
  [
    'ps: status',
    `${THREE}; docker ps -a ${NAMES} --filter status=exited; docker ps -a ${NAMES} --filter status=created; docker ps ${NAMES} --filter status=running --filter status=exited`,
  ],
  ['ps: bad status', 'docker ps --filter status=nosuch'],
  [
    'ps: name',
    `${THREE}; docker ps -a ${NAMES} --filter name=d; docker ps -a ${NAMES} --filter name=^/?done$`,
  ],
  ['ps: id', `${THREE}; docker ps -a ${NAMES} --filter id=$(docker ps -lq)`],
  [
    'ps: label',
    `${THREE}; docker ps -a ${NAMES} --filter label=kind; docker ps -a ${NAMES} --filter label=kind=db; docker ps -a ${NAMES} --filter label=nosuch`,
  ],
  [
    'ps: ancestor',
    `${THREE}; docker ps -a ${NAMES} --filter ancestor=debian; docker ps -a ${NAMES} --filter ancestor=busybox:latest; docker ps -a ${NAMES} --filter ancestor=nosuch`,
  ],
  [
    'ps: exited',
    `${THREE}; docker ps -a ${NAMES} --filter exited=3; docker ps -a ${NAMES} --filter exited=0; docker ps -a --filter exited=x`,
  ],
  [
    'ps: before and since',
    `${THREE}; docker ps -a ${NAMES} --filter before=runs; docker ps -a ${NAMES} --filter since=runs; docker ps --filter since=nosuch`,
  ],
  [
    'ps: volume',
    `${THREE}; docker ps -a ${NAMES} --filter volume=data; docker ps -a ${NAMES} --filter volume=/d`,
  ],
  [
    'ps: network',
    `${THREE}; docker ps -a ${NAMES} --filter network=bridge; docker ps -a ${NAMES} --filter network=none`,
  ],
  [
    'ps: publish and expose',
    `${THREE}; docker ps -a ${NAMES} --filter publish=8080; docker ps -a ${NAMES} --filter publish=80/tcp; docker ps -a ${NAMES} --filter expose=80`,
  ],
  ['ps: is-task', `${THREE}; docker ps -a ${NAMES} --filter is-task=true`],
  ['ps: health', `${THREE}; docker ps -a ${NAMES} --filter health=none`],
  ['ps: unknown filter', 'docker ps --filter nosuch=1'],
  [
    'ps --format',
    `${THREE}; docker ps -a --format 'table {{.Names}}\\t{{.Image}}\\t{{.Command}}\\t{{.Ports}}\\t{{.Mounts}}\\t{{.Networks}}\\t{{.Labels}}\\t{{.LocalVolumes}}'`,
  ],
  ['ps --format json', `${THREE}; docker ps -a --format '{{json .}}'`],
  [
    'ps --no-trunc',
    "docker create --name box busybox sh -c 'echo a rather long command line that ps shortens'; docker ps -a --no-trunc --format '{{.Command}}'; docker ps -a --format '{{.Command}}'",
  ],
  [
    'ps: image removed from under',
    "docker tag busybox other:1; docker create --name box other:1 true; docker rmi other:1; docker ps -a --format '{{.Image}}'",
  ],
  [
    'info',
    "docker info --format '{{.Containers}} {{.ContainersRunning}} {{.Images}} {{.Driver}} {{.OSType}} {{.Architecture}} {{.LoggingDriver}} {{.IndexServerAddress}} {{.ServerVersion}} {{.Swarm.LocalNodeState}}'",
    { differs: 'version', mask: /\d+\.\d+\.\d+\S*/gu },
  ],
  [
    'version',
    "docker version --format '{{.Client.Version}} {{.Client.APIVersion}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}} {{.Server.Os}} {{.Server.Arch}}'",
  ],
  ['version, as people read it', 'docker version', { differs: 'version', mask: /Server:[\s\S]*/gu }],
  ['an API that is too new', 'DOCKER_API_VERSION=1.99 docker ps'],
  ['an API that is too old', 'DOCKER_API_VERSION=1.10 docker ps'],
  [
    'system df',
    "docker run --name box busybox sh -c 'head -c 1000000 /dev/zero >/f'; docker create -v vol:/v --name dd busybox true; docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}}'",
  ],
  [
    'system df -v',
    "docker run --name box busybox sh -c 'head -c 1000 /dev/zero >/f'; docker system df -v",
    { unordered: true },
  ],
  ['system prune', 'docker create --name box busybox true; docker network create n; docker system prune -f'],
  [
    'events: life of a container',
    "t=$(date +%s.%N); docker run --name box busybox true; docker rm box; docker events --since $t --until $(($(date +%s)+1)) --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}' --filter container=box",
  ],
  [
    'events: types',
    "t=$(date +%s.%N); docker run --rm --name box busybox true; docker volume create vol; docker tag busybox b:1; docker rmi b:1; for type in image volume network; do docker events --since $t --until $(($(date +%s)+1)) --format '{{.Type}} {{.Action}} {{json .Actor.Attributes}}' --filter type=$type; done",
  ],
  [
    'events: signals',
    `t=$(date +%s.%N); ${THREE.split(';')[1] ?? ''}; docker pause runs; docker unpause runs; docker kill runs; docker events --since $t --until $(($(date +%s)+1)) --format '{{.Action}} {{.Actor.Attributes.signal}}' --filter container=runs`,
  ],
  [
    'events: exec, rename, commit',
    "t=$(date +%s.%N); docker run -d --name box busybox sleep 60 >/dev/null; docker exec box true; docker rename box dd; docker commit dd x; docker cp dd:/etc/passwd .; docker stop -t 0 dd; docker start dd; docker restart -t 0 dd; docker events --since $t --until $(($(date +%s)+1)) --format '{{.Type}} {{.Action}}' --filter type=container",
  ],
  [
    'events: filters',
    "t=$(date +%s.%N); docker run --rm --name box -l a=1 busybox true; until=$(($(date +%s)+1)); docker events --since $t --until $until --format '{{.Action}}' --filter event=start --filter event=die; docker events --since $t --until $until --format '{{.Action}}' --filter image=busybox; docker events --since $t --until $until --filter label=a=1 --filter event=create --format '{{.Status}} {{.From}}'; docker events --since $t --until $until --filter container=nosuch",
  ],
  [
    'events: as printed',
    't=$(date +%s.%N); docker create --name box -l a=1 busybox true; docker events --since $t --until $(($(date +%s)+1)) --filter type=container',
  ],
  [
    'events live',
    "(docker events --filter event=create --format '{{.Actor.Attributes.name}}' >log & echo $! >pid); eventually 'docker create --name probe busybox true; docker rm probe; grep probe log'; docker create --name box busybox true; eventually 'grep box log'; kill $(cat pid); grep box log",
  ],
  ['swarm is not on', 'docker node ls; docker service ls'],
  ['login is not built', 'docker search nosuch', { differs: 'search', mask: /Error.*/gu }],
];
