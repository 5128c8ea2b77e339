import type { Row } from '../row.ts';

const SLEEPER = 'docker run -d --name c busybox sleep 60 >/dev/null';
/** Ends at once on SIGTERM, so that `stop` need not wait for its grace. */
const OBEDIENT =
  "docker run -d --name c busybox sh -c 'trap exit TERM; while :; do sleep 0.1; done' >/dev/null; sleep 0.3";

export const CONTAINERS: readonly Row[] = [
  [
    'create then start',
    'docker create --name c busybox echo hi; docker ps -a --format "{{.Names}} {{.Status}}"; docker start c; docker wait c; docker logs c',
  ],
  ['start -a', "docker create --name c busybox sh -c 'echo hi; exit 3'; docker start -a c"],
  ['start -ai', 'docker create -i --name c busybox cat; echo through | docker start -ai c'],
  ['start several, one unknown', 'docker create --name c busybox true; docker start c nosuch'],
  ['start a running one', `${SLEEPER}; docker start c`],
  ['start again', 'docker run --name c busybox echo once; docker start -a c; docker logs c'],
  ['create: bad volume', 'docker create --name c -v relative:also/relative busybox true'],
  ['create: no command', "docker create --name c --entrypoint '' hello-world ''"],
  ['attach to a finished one', 'docker run --name c busybox true; docker attach c'],
  [
    'attach --no-stdin',
    "docker run -d --name c busybox sh -c 'sleep 0.7; echo late; exit 5' >/dev/null; docker attach --no-stdin c",
  ],
  ['attach to a paused one', `${SLEEPER}; docker pause c; docker attach c; docker unpause c`],
  ['wait', "docker run -d --name c busybox sh -c 'sleep 0.3; exit 7' >/dev/null; docker wait c"],
  [
    'wait for several',
    "docker run -d --name a busybox sh -c 'exit 1' >/dev/null; docker run -d --name b busybox sh -c 'exit 2' >/dev/null; docker wait a b",
  ],
  ['wait: unknown', 'docker wait nosuch'],
  [
    'logs',
    "docker run --name c busybox sh -c 'echo one; echo two >&2; printf three' >/dev/null 2>&1; docker logs c",
  ],
  [
    'logs --tail',
    "docker run --name c busybox sh -c 'for i in 1 2 3 4 5; do echo $i; done' >/dev/null; docker logs --tail 2 c; docker logs -n 0 c; docker logs --tail all c",
  ],
  ['logs -t', 'docker run --name c busybox echo hi >/dev/null; docker logs -t c'],
  [
    'logs --since and --until',
    "docker run --name c busybox sh -c 'echo old; sleep 2; echo new' >/dev/null; at=$(docker logs -t c | tail -1 | cut -d' ' -f1); docker logs --since $at c; echo --; docker logs --until $(date -u -d \"$at - 1 second\" +%FT%TZ) c",
  ],
  [
    'logs --since a duration',
    'docker run --name c busybox echo hi; docker logs --since 10m c; docker logs --until 10m c',
  ],
  [
    'logs -f',
    "docker run -d --name c busybox sh -c 'echo 1; sleep 0.5; echo 2' >/dev/null; docker logs -f c",
  ],
  ['logs of a terminal', 'docker run -t --name c busybox echo hi >/dev/null; docker logs c'],
  ['logs --details', 'docker run --name c --label a=1 busybox echo hi; docker logs --details c'],
  ['logs: unknown', 'docker logs nosuch'],
  ['logs: bad since', 'docker run --name c busybox true; docker logs --since yesterday c'],
  ['exec', `${SLEEPER}; docker exec c echo hi`],
  ['exec: exit code', `${SLEEPER}; docker exec c sh -c 'exit 9'`],
  ['exec -i', `${SLEEPER}; echo through | docker exec -i c cat`],
  ['exec -e -w -u', `${SLEEPER}; docker exec -e A=1 -w /tmp -u www-data c sh -c 'echo $A $PWD; id'`],
  ['exec --env-file', `echo A=file >f; ${SLEEPER}; docker exec --env-file f c sh -c 'echo $A'`],
  [
    'exec sees the environment',
    'docker run -d --name c -e A=1 busybox sleep 60 >/dev/null; docker exec c sh -c "echo \\$A"',
  ],
  ['exec -t', `${SLEEPER}; docker exec -t c sh -c 'test -t 1 && echo tty; echo $TERM'`],
  [
    'exec -d',
    `${SLEEPER}; docker exec -d c touch /made; eventually 'docker exec c test -f /made'; docker exec c ls /made`,
  ],
  [
    'exec --privileged',
    `${SLEEPER}; docker exec --privileged c sh -c 'mkdir /m && mount -t tmpfs t /m && echo mounted'`,
  ],
  ['exec: not found', `${SLEEPER}; docker exec c nosuch`],
  ['exec: not executable', `${SLEEPER}; docker exec c /etc/passwd`],
  ['exec: unknown user', `${SLEEPER}; docker exec -u nosuch c true`],
  ['exec: missing folder', `${SLEEPER}; docker exec -w /nosuch c pwd`],
  ['exec in a stopped one', 'docker run --name c busybox true; docker exec c true'],
  ['exec in a paused one', `${SLEEPER}; docker pause c; docker exec c true; docker unpause c`],
  ['exec in an unknown one', 'docker exec nosuch true'],
  ['exec: standard error apart', `${SLEEPER}; docker exec c sh -c 'echo out; echo err >&2' 2>/dev/null`],
  ['stop', `${OBEDIENT}; docker stop c; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' c`],
  ['stop -t kills', `${SLEEPER}; docker stop -t 1 c; docker inspect -f '{{.State.ExitCode}}' c`],
  ['stop what is stopped', 'docker run --name c busybox true; docker stop c'],
  ['stop: unknown', 'docker stop nosuch'],
  [
    'stop a paused one',
    `${OBEDIENT}; docker pause c; docker stop -t 1 c; docker inspect -f '{{.State.Status}}' c`,
  ],
  ['kill', `${SLEEPER}; docker kill c; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' c`],
  [
    'kill -s',
    'docker run -d --name c busybox sh -c \'trap "echo hup" HUP; trap "exit 4" USR1; while :; do sleep 0.1; done\' >/dev/null; sleep 0.4; docker kill -s HUP c; sleep 0.4; docker kill -s SIGUSR1 c; docker wait c; docker logs c',
  ],
  ['kill: unknown signal', `${SLEEPER}; docker kill -s NOSUCH c`],
  ['kill a stopped one', 'docker run --name c busybox true; docker kill c'],
  ['restart', `${OBEDIENT}; docker restart c; docker inspect -f '{{.State.Status}} {{.RestartCount}}' c`],
  [
    'restart a stopped one',
    'docker run --name c busybox echo hi; docker restart c; docker wait c; docker logs c',
  ],
  ['restart: unknown', 'docker restart nosuch'],
  [
    'pause and unpause',
    `${SLEEPER}; docker pause c; docker ps --format '{{.Status}}'; docker unpause c; docker ps --format '{{.Status}}'`,
  ],
  ['pause twice', `${SLEEPER}; docker pause c; docker pause c; docker unpause c; docker unpause c`],
  ['pause a stopped one', 'docker run --name c busybox true; docker pause c'],
  ['rename', 'docker create --name a busybox true; docker rename a b; docker ps -a --format "{{.Names}}"'],
  [
    'rename: taken',
    'docker create --name a busybox true; docker create --name b busybox true; docker rename a b',
  ],
  ['rename: same', 'docker create --name a busybox true; docker rename a a'],
  ['rename: bad', 'docker create --name a busybox true; docker rename a "b c"; docker rename a ""'],
  ['rename: unknown', 'docker rename nosuch b'],
  ['rm', 'docker create --name c busybox true; docker rm c'],
  ['rm a running one', `${SLEEPER}; docker rm c`],
  ['rm -f', `${SLEEPER}; docker rm -f c`],
  ['rm a paused one', `${SLEEPER}; docker pause c; docker rm c; docker rm -f c`],
  ['rm: unknown', 'docker rm nosuch'],
  ['rm -f: unknown', 'docker rm -f nosuch'],
  [
    'rm several',
    'docker create --name a busybox true; docker create --name b busybox true; docker rm a nosuch b',
  ],
  [
    'rm -v',
    'docker create --name c -v /data busybox true; docker volume ls -q | wc -l; docker rm -v c; docker volume ls -q | wc -l',
  ],
  [
    'rm keeps volumes',
    'docker create --name c -v /data busybox true; docker rm c; docker volume ls -q | wc -l',
  ],
  ['rm by prefix of the id', 'id=$(docker create busybox true); docker rm ${id:0:10}'],
  [
    'container prune',
    'docker create --name c busybox true; docker container prune -f --filter label=x; docker container prune -f',
  ],
  [
    'top',
    `${SLEEPER}; docker top c | cut -c1-3 | head -1; docker top c -o pid,args | tail -1 | sed 's/^ *[0-9]*//'`,
  ],
  ['top: bad arguments', `${SLEEPER}; docker top c -o args`],
  ['top of a stopped one', 'docker run --name c busybox true; docker top c'],
  [
    'diff',
    "docker run --name c busybox sh -c 'echo a >/new; echo b >>/etc/passwd; rm /etc/group; mkdir -p /d/e; touch /d/e/f'; docker diff c",
  ],
  [
    'diff of a running one',
    `${SLEEPER}; docker exec c sh -c 'rm -r /var/www; ln -s a /link; chmod 700 /home'; docker diff c`,
  ],
  ['diff: nothing changed', 'docker run --name c busybox true; docker diff c'],
  ['diff: unknown', 'docker diff nosuch'],
  [
    'diff: a folder replaced',
    "docker run --name c busybox sh -c 'rm -r /home; mkdir /home; touch /home/a; rm /bin/cat; mkdir /bin/cat'; docker diff c",
  ],
  [
    'update --restart',
    'docker create --name c busybox true; docker update --restart always c; docker inspect -f "{{.HostConfig.RestartPolicy.Name}}" c',
  ],
  [
    'update --memory',
    `${SLEEPER}; docker update --memory 32m --memory-swap 64m c; docker inspect -f '{{.HostConfig.Memory}}' c`,
  ],
  ['update: unknown', 'docker update --restart no nosuch'],
  ['inspect: unknown', 'docker inspect nosuch'],
  [
    'inspect: both kinds',
    'docker create --name busybox busybox true; docker inspect -f "{{.Path}}" busybox; docker inspect --type image -f "{{.Os}}" busybox',
  ],
  [
    'inspect --format',
    'docker create --name c -e A=1 -w /tmp -u 1 -l x=y -p 80 -v /v busybox echo a b; docker inspect -f "{{json .Config}}" c; docker inspect -f "{{.Path}} {{json .Args}} {{.Image}} {{.Name}} {{.Platform}} {{.Driver}} {{.RestartCount}}" c',
  ],
  [
    'inspect: host configuration',
    'docker create --name c busybox true; docker inspect -f "{{json .HostConfig}}" c',
  ],
  [
    'inspect: host configuration with flags',
    'docker create --name c --cap-add NET_ADMIN --cap-drop CHOWN --privileged --init --rm -m 64m --cpus 0.5 --pids-limit 9 --ulimit nofile=5 --dns 1.1.1.1 --add-host a:1.2.3.4 --tmpfs /t --read-only --restart no --shm-size 1m -p 127.0.0.1:80:80 -P --device /dev/null --group-add 3 --sysctl net.ipv4.ip_forward=0 busybox true; docker inspect -f "{{json .HostConfig}}" c',
  ],
  ['inspect: state', "docker run --name c busybox sh -c 'exit 3'; docker inspect -f '{{json .State}}' c"],
  [
    'inspect: state before the start',
    'docker create --name c busybox true; docker inspect -f "{{json .State}}" c',
  ],
  [
    'inspect: state of a failed start',
    'docker run --name c busybox nosuch 2>/dev/null; docker inspect -f "{{json .State}}" c',
  ],
  ['inspect: networks', `${SLEEPER}; docker inspect -f '{{json .NetworkSettings}}' c`],
  [
    'inspect: networks of a stopped one',
    'docker run --name c busybox true; docker inspect -f "{{json .NetworkSettings}}" c',
  ],
  [
    'inspect: mounts',
    'docker volume create v >/dev/null; docker create --name c -v v:/v:ro -v /anonymous --tmpfs /t busybox true; docker inspect -f "{{json .Mounts}}" c',
    { unordered: true },
  ],
  [
    'inspect: whole',
    'docker create --name c busybox true; docker inspect c',
    {
      mask: /"(?:ResolvConfPath|HostnamePath|HostsPath|LogPath|Data|LowerDir|MergedDir|UpperDir|WorkDir)": .*/gu,
      differs: 'paths',
    },
  ],
  [
    'inspect --size',
    "docker run --name c busybox sh -c 'head -c 5000 /dev/zero >/f'; docker inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' c",
  ],
  [
    'inspect: bad template',
    'docker create --name c busybox true; docker inspect -f "{{.Nosuch}}" c; docker inspect -f "{{" c',
  ],
  [
    'port',
    'docker run -d --name c -p 127.0.0.1:8081:80 -p 8082:81/udp busybox sleep 60 >/dev/null; docker port c; docker port c 80; docker port c 81/udp; docker port c 99',
    { unordered: true },
  ],
  ['port: unknown', 'docker port nosuch'],
  ['stats --no-stream', `${SLEEPER}; docker stats --no-stream --format '{{.Name}}' c`],
  [
    'stats of a stopped one',
    'docker run --name c busybox true; docker stats --no-stream --format "{{.Name}} {{.CPUPerc}} {{.PIDs}}" c',
  ],
  [
    'export',
    "docker run --name c busybox sh -c 'echo a >/new'; docker export c | tar -t | grep -c .; docker export c | tar -xO new",
  ],
];
