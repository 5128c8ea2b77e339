import type { Row } from '../row.ts';

const SLEEPER = 'docker run -d --name cc busybox sleep 60 >/dev/null';
/** Ends at once on SIGTERM, so that `stop` need not wait for its grace. */
const OBEDIENT =
  "docker run -d --name c busybox sh -c 'trap exit TERM; while :; do sleep 0.1; done' >/dev/null; sleep 0.3";

/** What the kernel holds a container to, in either layout of its control groups. */
const LIMITS =
  "docker exec cc sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares pids/pids.max memory.max memory.low cpu.max cpu.weight pids.max 2>/dev/null'";

export const CONTAINERS: readonly Row[] = [
  [
    'create then start',
    'docker create --name cc busybox echo hi; docker ps -a --format "{{.Names}} {{.Status}}"; docker start cc; docker wait cc; docker logs cc',
  ],
  ['start -a', "docker create --name cc busybox sh -c 'echo hi; exit 3'; docker start -a cc"],
  ['start -ai', 'docker create -i --name cc busybox cat; echo through | docker start -ai cc'],
  ['start several, one unknown', 'docker create --name cc busybox sleep 60; docker start cc nosuch'],
  ['start a running one', `${SLEEPER}; docker start cc`],
  ['start again', 'docker run --name cc busybox echo once; docker start -a cc; docker logs cc'],
  ['create: bad volume', 'docker create --name cc -v relative:also/relative busybox true'],
  ['create: no command', "docker create --name cc --entrypoint '' hello-world ''"],
  ['attach to a finished one', 'docker run --name cc busybox true; docker attach cc'],
  [
    'attach --no-stdin',
    "docker run -d --name cc busybox sh -c 'sleep 0.7; echo late; exit 5' >/dev/null; docker attach --no-stdin cc",
  ],
  ['attach to a paused one', `${SLEEPER}; docker pause cc; docker attach cc; docker unpause cc`],
  ['wait', "docker run -d --name cc busybox sh -c 'sleep 0.3; exit 7' >/dev/null; docker wait cc"],
  [
    'wait for several',
    "docker run -d --name aa busybox sh -c 'exit 1' >/dev/null; docker run -d --name bb busybox sh -c 'exit 2' >/dev/null; docker wait aa bb",
  ],
  ['wait: unknown', 'docker wait nosuch'],
  [
    'logs',
    "docker run --name cc busybox sh -c 'echo one; echo two >&2; printf three' >/dev/null 2>&1; docker logs cc",
  ],
  [
    'logs --tail',
    "docker run --name cc busybox sh -c 'for i in 1 2 3 4 5; do echo $i; done' >/dev/null; docker logs --tail 2 cc; docker logs -n 0 cc; docker logs --tail all cc",
  ],
  ['logs -t', 'docker run --name cc busybox echo hi >/dev/null; docker logs -t cc'],
  [
    'logs --since and --until',
    "docker run --name cc busybox sh -c 'echo old; sleep 2; echo new' >/dev/null; at=$(docker logs -t cc | tail -1 | cut -d' ' -f1); docker logs --since $at cc; echo --; docker logs --until $(date -u -d \"$at - 1 second\" +%FT%TZ) cc",
  ],
  [
    'logs --since a duration',
    'docker run --name cc busybox echo hi; docker logs --since 10m cc; docker logs --until 10m cc',
  ],
  [
    'logs -f',
    "docker run -d --name cc busybox sh -c 'echo 1; sleep 0.5; echo 2' >/dev/null; docker logs -f cc; docker wait cc",
  ],
  ['logs of a terminal', 'docker run -t --name cc busybox echo hi >/dev/null; docker logs cc'],
  ['logs --details', 'docker run --name cc --label a=1 busybox echo hi; docker logs --details cc'],
  ['logs: unknown', 'docker logs nosuch'],
  ['logs: bad since', 'docker run --name cc busybox true; docker logs --since yesterday cc'],
  ['exec', `${SLEEPER}; docker exec cc echo hi`],
  ['exec: exit code', `${SLEEPER}; docker exec cc sh -c 'exit 9'`],
  ['exec -i', `${SLEEPER}; echo through | docker exec -i cc cat`],
  ['exec -e -w -u', `${SLEEPER}; docker exec -e A=1 -w /tmp -u www-data cc sh -c 'echo $A $PWD; id'`],
  ['exec --env-file', `echo A=file >f; ${SLEEPER}; docker exec --env-file f cc sh -c 'echo $A'`],
  [
    'exec sees the environment',
    'docker run -d --name cc -e A=1 busybox sleep 60 >/dev/null; docker exec cc sh -c "echo \\$A"',
  ],
  ['exec -t', `${SLEEPER}; docker exec -t cc sh -c 'test -t 1 && echo tty; echo $TERM'`],
  [
    'exec -d',
    `${SLEEPER}; docker exec -d cc touch /made; eventually 'docker exec cc test -f /made'; docker exec cc ls /made`,
  ],
  ['exec: not found', `${SLEEPER}; docker exec cc nosuch`],
  ['exec: not executable', `${SLEEPER}; docker exec cc /etc/passwd`],
  ['exec: unknown user', `${SLEEPER}; docker exec -u nosuch cc true`],
  ['exec: missing folder', `${SLEEPER}; docker exec -w /nosuch cc pwd`],
  ['exec in a stopped one', 'docker run --name cc busybox true; docker exec cc true'],
  ['exec in a paused one', `${SLEEPER}; docker pause cc; docker exec cc true; docker unpause cc`],
  ['exec in an unknown one', 'docker exec nosuch true'],
  ['exec: standard error apart', `${SLEEPER}; docker exec cc sh -c 'echo out; echo err >&2' 2>/dev/null`],
  ['stop', `${OBEDIENT}; docker stop cc; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' cc`],
  ['stop -t kills', `${SLEEPER}; docker stop -t 1 cc; docker inspect -f '{{.State.ExitCode}}' cc`],
  ['stop what is stopped', 'docker run --name cc busybox true; docker stop cc'],
  ['stop: unknown', 'docker stop nosuch'],
  [
    'stop a paused one',
    `${OBEDIENT}; docker pause cc; docker stop -t 1 cc; docker inspect -f '{{.State.Status}}' cc`,
  ],
  ['kill', `${SLEEPER}; docker kill cc; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' cc`],
  [
    'kill -s',
    'docker run -d --name cc busybox sh -c \'trap "echo hup" HUP; trap "exit 4" USR1; while :; do sleep 0.1; done\' >/dev/null; sleep 0.4; docker kill -s HUP cc; sleep 0.4; docker kill -s SIGUSR1 cc; docker wait cc; docker logs cc',
  ],
  ['kill: unknown signal', `${SLEEPER}; docker kill -s NOSUCH cc`],
  ['kill a stopped one', 'docker run --name cc busybox true; docker kill cc'],
  ['restart', `${OBEDIENT}; docker restart cc; docker inspect -f '{{.State.Status}} {{.RestartCount}}' cc`],
  [
    'restart a stopped one',
    'docker run --name cc busybox echo hi; docker restart cc; docker wait cc; docker logs cc',
  ],
  ['restart: unknown', 'docker restart nosuch'],
  [
    'pause and unpause',
    `${SLEEPER}; docker pause cc; docker ps --format '{{.Status}}'; docker unpause cc; docker ps --format '{{.Status}}'`,
  ],
  ['pause twice', `${SLEEPER}; docker pause cc; docker pause cc; docker unpause cc; docker unpause cc`],
  ['pause a stopped one', 'docker run --name cc busybox true; docker pause cc'],
  ['rename', 'docker create --name aa busybox true; docker rename aa bb; docker ps -a --format "{{.Names}}"'],
  [
    'rename: taken',
    'docker create --name aa busybox true; docker create --name bb busybox true; docker rename aa bb',
  ],
  ['rename: same', 'docker create --name aa busybox true; docker rename aa aa'],
  ['rename: bad', 'docker create --name aa busybox true; docker rename aa "b cc"; docker rename aa ""'],
  ['rename: unknown', 'docker rename nosuch b'],
  ['rm', 'docker create --name cc busybox true; docker rm cc'],
  ['rm a running one', `${SLEEPER}; docker rm cc`],
  ['rm -f', `${SLEEPER}; docker rm -f cc`],
  ['rm a paused one', `${SLEEPER}; docker pause cc; docker rm cc; docker rm -f cc`],
  ['rm: unknown', 'docker rm nosuch'],
  ['rm -f: unknown', 'docker rm -f nosuch'],
  [
    'rm several',
    'docker create --name aa busybox true; docker create --name bb busybox true; docker rm aa nosuch bb',
  ],
  [
    'rm -v',
    'docker create --name cc -v /data busybox true; docker volume ls -q | wc -l; docker rm -v cc; docker volume ls -q | wc -l',
  ],
  [
    'rm keeps volumes',
    'docker create --name cc -v /data busybox true; docker rm cc; docker volume ls -q | wc -l',
  ],
  [
    'rm by prefix of the id',
    'id=$(docker create busybox true); docker rm ${id:0:10} >/dev/null; docker ps -aq',
  ],
  [
    'container prune',
    'docker create --name cc busybox true; docker container prune -f --filter label=x; docker container prune -f',
  ],
  [
    'top',
    `${SLEEPER}; docker top cc | cut -c1-3 | head -1; docker top cc -o pid,args | tail -1 | sed 's/^ *[0-9]*//'`,
  ],
  ['top: bad arguments', `${SLEEPER}; docker top cc -o args`],
  ['top of a stopped one', 'docker run --name cc busybox true; docker top cc'],
  [
    'diff',
    "docker run --name cc busybox sh -c 'echo a >/new; echo b >>/etc/passwd; rm /etc/group; mkdir -p /d/e; touch /d/e/f'; docker diff cc",
    { unordered: true },
  ],
  [
    'diff of a running one',
    `${SLEEPER}; docker exec cc sh -c 'rm -r /var/www; ln -s a /link; chmod 700 /home'; docker diff cc`,
    { unordered: true },
  ],
  ['diff: nothing changed', 'docker run --name cc busybox true; docker diff cc'],
  ['diff: unknown', 'docker diff nosuch'],
  [
    'diff: a folder replaced',
    "docker run --name cc busybox sh -c 'rm -r /home; mkdir /home; touch /home/a; rm /bin/cat; mkdir /bin/cat'; docker diff cc",
    { unordered: true },
  ],
  [
    'update --restart',
    'docker create --name cc busybox true; docker update --restart always cc; docker inspect -f "{{.HostConfig.RestartPolicy.Name}}" cc',
  ],
  [
    'update --memory',
    `${SLEEPER}; docker update --memory 32m --memory-swap 64m cc; docker inspect -f '{{.HostConfig.Memory}}' cc`,
  ],
  [
    'update: what runs is held to it at once',
    `${SLEEPER}; docker update -m 32m --memory-swap 64m --memory-reservation 16m --cpus 0.5 --cpu-shares 512 --pids-limit 12 cc; ${LIMITS}; docker update --pids-limit -1 --memory-reservation 24m cc; ${LIMITS}; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' cc`,
  ],
  [
    'update: memory and swap belong together',
    `${SLEEPER}; docker update -m 32m cc; docker update -m 32m --memory-swap 64m cc; docker update -m 128m cc; docker update --memory-swap 32m cc; docker update --memory-swap -1 cc; docker update -m 64m cc; docker update -m 64m --memory-swap 64m cc; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' cc; docker update -m 1m cc; docker update -m x cc`,
  ],
  [
    'update: processor time is said in one way only',
    `${SLEEPER}; docker run -d --name dd --cpu-period 50000 --cpu-quota 25000 busybox sleep 60 >/dev/null; docker update --cpus 0.5 cc; docker update --cpu-quota 20000 cc; docker update --cpu-period 50000 cc; docker update --cpus 0.5 dd; docker update --cpu-quota 40000 dd; docker update --cpu-quota -1 dd; docker update --cpu-period 5 dd; docker update --cpu-quota 5 dd; docker update --cpus 0 dd; docker inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpuPeriod}}' cc dd`,
  ],
  [
    'update: what does not run gets it at the next start',
    "docker create --name cc busybox sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us pids/pids.max memory.max cpu.max pids.max 2>/dev/null' >/dev/null; docker update -m 32m --memory-swap 32m --cpus 0.25 --pids-limit 20 cc; docker start -a cc; docker update -m 64m --memory-swap 64m cc; docker start -a cc",
  ],
  [
    'update --restart: refused',
    `${SLEEPER}; for p in on-failure:3 always:3 nosuch on-failure:-1 no:1 no; do docker update --restart $p cc; done; docker inspect -f '{{json .HostConfig.RestartPolicy}}' cc; docker run -d --rm --name dd busybox sleep 60 >/dev/null; docker update --restart always cc nosuch dd; docker update cc; docker update`,
  ],
  [
    '--cpuset-cpus and --cpuset-mems',
    'for f in "--cpuset-cpus 9999" "--cpuset-cpus 0-5000" "--cpuset-cpus x" "--cpuset-mems 99" "--cpuset-mems 1-"; do docker run --rm $f busybox true 2>&1 | sed "s/available: .*/available/"; done; docker run --name cc --cpuset-cpus 0 --cpuset-mems 0 busybox nproc; docker update --cpuset-cpus 77 cc 2>&1 | sed "s/available: .*/available/"; docker inspect -f "{{.HostConfig.CpusetCpus}} {{.HostConfig.CpusetMems}}" cc',
  ],
  [
    '--cpuset-cpus: for what is started in it, and changed',
    'docker run -d --name cc --cpuset-cpus 0 busybox sleep 60 >/dev/null; docker exec cc nproc; docker run -d --name dd busybox sleep 60 >/dev/null; docker update --cpuset-cpus 0 dd; docker exec dd nproc; docker exec dd grep Cpus_allowed_list /proc/1/status',
  ],
  [
    'limits that are refused',
    'for f in "-m 5m" "-m 6m --memory-swap 5m" "--memory-swap 50m" "-m 10m --memory-reservation 20m" "--memory-reservation 1m" "--memory-swappiness 200" "--cpu-period 5" "--cpu-quota 5" "--cpus 1 --cpu-quota 50000" "--cpus 1 --cpu-period 50000" "--oom-score-adj 2000" "--shm-size -1"; do echo "== $f"; docker run --rm $f busybox true 2>&1; done',
  ],
  ['update: unknown', 'docker update --restart no nosuch'],
  ['inspect: unknown', 'docker inspect nosuch'],
  [
    'inspect: both kinds',
    'docker create --name busybox busybox true; docker inspect -f "{{.Path}}" busybox; docker inspect --type image -f "{{.Os}}" busybox',
  ],
  [
    'inspect --format',
    'docker create --name cc -e A=1 -w /tmp -u 1 -l x=y -p 80 -v /v busybox echo a b; docker inspect -f "{{json .Config}}" cc; docker inspect -f "{{.Path}} {{json .Args}} {{.Image}} {{.Name}} {{.Platform}} {{.Driver}} {{.RestartCount}}" cc',
  ],
  [
    'inspect: host configuration',
    'docker create --name cc busybox true; docker inspect -f "{{json .HostConfig}}" cc',
  ],
  [
    'inspect: host configuration with flags',
    'docker create --name cc --cap-add NET_ADMIN --cap-drop CHOWN --privileged --init --rm -m 64m --cpus 0.5 --pids-limit 9 --ulimit nofile=5 --dns 1.1.1.1 --add-host a:1.2.3.4 --tmpfs /t --read-only --restart no --shm-size 1m -p 127.0.0.1:80:80 -P --device /dev/null --group-add 3 --sysctl net.ipv4.ip_forward=0 busybox true; docker inspect -f "{{json .HostConfig}}" cc',
  ],
  ['inspect: state', "docker run --name cc busybox sh -c 'exit 3'; docker inspect -f '{{json .State}}' cc"],
  [
    'inspect: state before the start',
    'docker create --name cc busybox true; docker inspect -f "{{json .State}}" cc',
  ],
  [
    'inspect: state of a failed start',
    'docker run --name cc busybox nosuch 2>/dev/null; docker inspect -f "{{json .State}}" cc',
  ],
  ['inspect: networks', `${SLEEPER}; docker inspect -f '{{json .NetworkSettings}}' cc`],
  [
    'inspect: networks of a stopped one',
    'docker run --name cc busybox true; docker inspect -f "{{json .NetworkSettings}}" cc',
    { differs: 'sandbox-of-a-stopped-one', mask: /"Sandbox(?:ID|Key)":"[^"]*"/gu },
  ],
  [
    'inspect: mounts',
    'docker volume create vol >/dev/null; docker create --name cc -v vol:/v:ro -v /anonymous --tmpfs /t busybox true; docker inspect -f "{{json .Mounts}}" cc',
    { unordered: true },
  ],
  [
    'inspect: whole',
    'docker create --name cc busybox true; docker inspect cc',
    {
      mask: /"(?:ResolvConfPath|HostnamePath|HostsPath|LogPath|Data|LowerDir|MergedDir|UpperDir|WorkDir)": .*/gu,
      differs: 'paths',
    },
  ],
  [
    'inspect --size',
    "docker run --name cc busybox sh -c 'head -c 5000 /dev/zero >/f'; docker inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' cc",
  ],
  [
    'inspect: bad template',
    'docker create --name cc busybox true; docker inspect -f "{{.Nosuch}}" cc; docker inspect -f "{{" cc',
  ],
  [
    'port',
    'docker run -d --name cc -p 127.0.0.1:8081:80 -p 8082:81/udp busybox sleep 60 >/dev/null; docker port cc; docker port cc 80; docker port cc 81/udp; docker port cc 99',
    { unordered: true },
  ],
  ['port: unknown', 'docker port nosuch'],
  ['stats --no-stream', `${SLEEPER}; docker stats --no-stream --format '{{.Name}}' cc`],
  [
    'stats of a stopped one',
    'docker run --name cc busybox true; docker stats --no-stream --format "{{.Name}} {{.CPUPerc}} {{.PIDs}}" cc',
  ],
];
