import type { Row } from '../row.ts';

const SLEEPER = 'docker run -d --name box busybox sleep 60 >/dev/null';
/** Ends at once on SIGTERM, so that `stop` need not wait for its grace. */
const OBEDIENT =
  "docker run -d --name box busybox sh -c 'trap exit TERM; echo ready; while :; do sleep 0.1; done' >/dev/null; eventually 'docker logs box | grep ready'";

/** What the kernel holds a container to, in either layout of its control groups. */
const LIMITS =
  "docker exec box sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares pids/pids.max memory.max memory.low cpu.max cpu.weight pids.max 2>/dev/null'";

export const CONTAINERS: readonly Row[] = [
  [
    'create then start',
    'docker create --name box busybox echo hi; docker ps -a --format "{{.Names}} {{.Status}}"; docker start box; docker wait box; docker logs box',
  ],
  ['start -a', "docker create --name box busybox sh -c 'echo hi; exit 3'; docker start -a box"],
  ['start -ai', 'docker create -i --name box busybox cat; echo through | docker start -ai box'],
  ['start several, one unknown', 'docker create --name box busybox sleep 60; docker start box nosuch'],
  ['start a running one', `${SLEEPER}; docker start box`],
  ['start again', 'docker run --name box busybox echo once; docker start -a box; docker logs box'],
  ['create: bad volume', 'docker create --name box -v relative:also/relative busybox true'],
  ['create: no command', "docker create --name box --entrypoint '' hello-world ''"],
  ['attach to a finished one', 'docker run --name box busybox true; docker attach box'],
  [
    'attach --no-stdin',
    "docker run -d --name box busybox sh -c 'until test -f /go; do echo tick; sleep 0.1; done; echo late; exit 5' >/dev/null; (docker attach --no-stdin box >out; echo $? >>out) & eventually 'grep tick out'; docker exec box touch /go; wait; grep -v tick out",
  ],
  [
    'attach --detach-keys: wrong ones',
    "docker run -dt --name box busybox sleep 60 >/dev/null; docker attach --no-stdin --detach-keys ctrl-A,a box >out 2>&1 & eventually 'grep detach out'; docker kill box >/dev/null; wait; cat out",
  ],
  ['attach to a paused one', `${SLEEPER}; docker pause box; docker attach box; docker unpause box`],
  ['wait', "docker run -d --name box busybox sh -c 'sleep 0.3; exit 7' >/dev/null; docker wait box"],
  [
    'wait for several',
    "docker run -d --name one busybox sh -c 'exit 1' >/dev/null; docker run -d --name two busybox sh -c 'exit 2' >/dev/null; docker wait one two",
  ],
  ['wait: unknown', 'docker wait nosuch'],
  [
    'logs',
    "docker run --name box busybox sh -c 'echo one; echo two >&2; printf three' >/dev/null 2>&1; docker logs box",
  ],
  [
    'logs --tail',
    "docker run --name box busybox sh -c 'for i in 1 2 3 4 5; do echo $i; done' >/dev/null; docker logs --tail 2 box; docker logs -n 0 box; docker logs --tail all box",
  ],
  ['logs -t', 'docker run --name box busybox echo hi >/dev/null; docker logs -t box'],
  [
    'logs --since and --until',
    "docker run --name box busybox sh -c 'echo old; sleep 2; echo new' >/dev/null; at=$(docker logs -t box | tail -1 | cut -d' ' -f1); docker logs --since $at box; echo --; docker logs --until $(date -u -d \"$at - 1 second\" +%FT%TZ) box",
  ],
  [
    'logs --since a duration',
    'docker run --name box busybox echo hi; docker logs --since 10m box; docker logs --until 10m box',
  ],
  [
    'logs -f',
    "docker run -d --name box busybox sh -c 'echo 1; sleep 0.5; echo 2' >/dev/null; docker logs -f box; docker wait box",
  ],
  ['logs of a terminal', 'docker run -t --name box busybox echo hi >/dev/null; docker logs box'],
  ['logs --details', 'docker run --name box --label a=1 busybox echo hi; docker logs --details box'],
  ['logs: unknown', 'docker logs nosuch'],
  ['logs: bad since', 'docker run --name box busybox true; docker logs --since yesterday box'],
  ['exec', `${SLEEPER}; docker exec box echo hi`],
  ['exec: exit code', `${SLEEPER}; docker exec box sh -c 'exit 9'`],
  ['exec -i', `${SLEEPER}; echo through | docker exec -i box cat`],
  ['exec -e -w -u', `${SLEEPER}; docker exec -e A=1 -w /tmp -u www-data box sh -c 'echo $A $PWD; id'`],
  ['exec --env-file', `echo A=file >f; ${SLEEPER}; docker exec --env-file f box sh -c 'echo $A'`],
  [
    'exec sees the environment',
    'docker run -d --name box -e A=1 busybox sleep 60 >/dev/null; docker exec box sh -c "echo \\$A"',
  ],
  ['exec -t', `${SLEEPER}; docker exec -t box sh -c 'test -t 1 && echo tty; echo $TERM'`],
  [
    'exec -d',
    `${SLEEPER}; docker exec -d box touch /made; eventually 'docker exec box test -f /made'; docker exec box ls /made`,
  ],
  ['exec: not found', `${SLEEPER}; docker exec box nosuch`],
  ['exec: not executable', `${SLEEPER}; docker exec box /etc/passwd`],
  ['exec: unknown user', `${SLEEPER}; docker exec -u nosuch box true`],
  ['exec: missing folder', `${SLEEPER}; docker exec -w /nosuch box pwd`],
  ['exec in a stopped one', 'docker run --name box busybox true; docker exec box true'],
  ['exec in a paused one', `${SLEEPER}; docker pause box; docker exec box true; docker unpause box`],
  ['exec in an unknown one', 'docker exec nosuch true'],
  ['exec: standard error apart', `${SLEEPER}; docker exec box sh -c 'echo out; echo err >&2' 2>/dev/null`],
  ['stop', `${OBEDIENT}; docker stop box; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' box`],
  ['stop -t kills', `${SLEEPER}; docker stop -t 1 box; docker inspect -f '{{.State.ExitCode}}' box`],
  ['stop what is stopped', 'docker run --name box busybox true; docker stop box'],
  ['stop: unknown', 'docker stop nosuch'],
  [
    'stop a paused one',
    `${OBEDIENT}; docker pause box; docker stop -t 1 box; docker inspect -f '{{.State.Status}}' box`,
  ],
  ['kill', `${SLEEPER}; docker kill box; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' box`],
  [
    'kill -s',
    'docker run -d --name box busybox sh -c \'trap "echo hup" HUP; trap "exit 4" USR1; echo ready; while :; do sleep 0.1; done\' >/dev/null; eventually "docker logs box | grep ready"; docker kill -s HUP box; eventually "docker logs box | grep hup"; docker kill -s SIGUSR1 box; docker wait box; docker logs box',
  ],
  ['kill: unknown signal', `${SLEEPER}; docker kill -s NOSUCH box`],
  ['kill a stopped one', 'docker run --name box busybox true; docker kill box'],
  ['restart', `${OBEDIENT}; docker restart box; docker inspect -f '{{.State.Status}} {{.RestartCount}}' box`],
  [
    'restart a stopped one',
    'docker run --name box busybox echo hi; docker restart box; docker wait box; docker logs box',
  ],
  ['restart: unknown', 'docker restart nosuch'],
  [
    'pause and unpause',
    `${SLEEPER}; docker pause box; docker ps --format '{{.Status}}'; docker unpause box; docker ps --format '{{.Status}}'`,
  ],
  ['pause twice', `${SLEEPER}; docker pause box; docker pause box; docker unpause box; docker unpause box`],
  ['pause a stopped one', 'docker run --name box busybox true; docker pause box'],
  [
    'rename',
    'docker create --name one busybox true; docker rename one two; docker ps -a --format "{{.Names}}"',
  ],
  [
    'rename: taken',
    'docker create --name one busybox true; docker create --name two busybox true; docker rename one two',
  ],
  ['rename: same', 'docker create --name one busybox true; docker rename one one'],
  ['rename: bad', 'docker create --name one busybox true; docker rename one "b box"; docker rename one ""'],
  ['rename: unknown', 'docker rename nosuch b'],
  ['rm', 'docker create --name box busybox true; docker rm box'],
  ['rm a running one', `${SLEEPER}; docker rm box`],
  ['rm -f', `${SLEEPER}; docker rm -f box`],
  ['rm a paused one', `${SLEEPER}; docker pause box; docker rm box; docker rm -f box`],
  ['rm: unknown', 'docker rm nosuch'],
  ['rm -f: unknown', 'docker rm -f nosuch'],
  [
    'rm several',
    'docker create --name one busybox true; docker create --name two busybox true; docker rm one nosuch two',
  ],
  [
    'rm -v',
    'docker create --name box -v /data busybox true; docker volume ls -q | wc -l; docker rm -v box; docker volume ls -q | wc -l',
  ],
  [
    'rm keeps volumes',
    'docker create --name box -v /data busybox true; docker rm box; docker volume ls -q | wc -l',
  ],
  [
    'rm by prefix of the id',
    'id=$(docker create busybox true); docker rm ${id:0:10} >/dev/null; docker ps -aq',
  ],
  [
    'container prune',
    'docker create --name box busybox true; docker container prune -f --filter label=x; docker container prune -f',
  ],
  [
    'top',
    `${SLEEPER}; docker top box | cut -c1-3 | head -1; docker top box -o pid,args | tail -1 | sed 's/^ *[0-9]*//'`,
  ],
  ['top: bad arguments', `${SLEEPER}; docker top box -o args`],
  ['top of a stopped one', 'docker run --name box busybox true; docker top box'],
  [
    'diff',
    "docker run --name box busybox sh -c 'echo a >/new; echo b >>/etc/passwd; rm /etc/group; mkdir -p /d/e; touch /d/e/f'; docker diff box",
    { unordered: true },
  ],
  [
    'diff of a running one',
    `${SLEEPER}; docker exec box sh -c 'rm -r /var/www; ln -s a /link; chmod 700 /home'; docker diff box`,
    { unordered: true },
  ],
  ['diff: nothing changed', 'docker run --name box busybox true; docker diff box'],
  ['diff: unknown', 'docker diff nosuch'],
  [
    'diff: a folder replaced',
    "docker run --name box busybox sh -c 'rm -r /home; mkdir /home; touch /home/a; rm /bin/cat; mkdir /bin/cat'; docker diff box",
    { unordered: true },
  ],
  [
    'update --restart',
    'docker create --name box busybox true; docker update --restart always box; docker inspect -f "{{.HostConfig.RestartPolicy.Name}}" box',
  ],
  [
    'update --memory',
    `${SLEEPER}; docker update --memory 32m --memory-swap 64m box; docker inspect -f '{{.HostConfig.Memory}}' box`,
  ],
  [
    'update: what runs is held to it at once',
    `${SLEEPER}; docker update -m 32m --memory-swap 64m --memory-reservation 16m --cpus 0.5 --cpu-shares 512 --pids-limit 12 box; ${LIMITS}; docker update --pids-limit -1 --memory-reservation 24m box; ${LIMITS}; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' box`,
  ],
  [
    'update: memory and swap belong together',
    `${SLEEPER}; docker update -m 32m box; docker update -m 32m --memory-swap 64m box; docker update -m 128m box; docker update --memory-swap 32m box; docker update --memory-swap -1 box; docker update -m 64m box; docker update -m 64m --memory-swap 64m box; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' box; docker update -m 1m box; docker update -m x box`,
  ],
  [
    'update: processor time is said in one way only',
    `${SLEEPER}; docker run -d --name dd --cpu-period 50000 --cpu-quota 25000 busybox sleep 60 >/dev/null; docker update --cpus 0.5 box; docker update --cpu-quota 20000 box; docker update --cpu-period 50000 box; docker update --cpus 0.5 dd; docker update --cpu-quota 40000 dd; docker update --cpu-quota -1 dd; docker update --cpu-period 5 dd; docker update --cpu-quota 5 dd; docker update --cpus 0 dd; docker inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpuPeriod}}' box dd`,
  ],
  [
    'update: what does not run gets it at the next start',
    "docker create --name box busybox sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us pids/pids.max memory.max cpu.max pids.max 2>/dev/null' >/dev/null; docker update -m 32m --memory-swap 32m --cpus 0.25 --pids-limit 20 box; docker start -a box; docker update -m 64m --memory-swap 64m box; docker start -a box",
  ],
  [
    'update --restart: refused',
    `${SLEEPER}; for p in on-failure:3 always:3 nosuch on-failure:-1 no:1 no; do docker update --restart $p box; done; docker inspect -f '{{json .HostConfig.RestartPolicy}}' box; docker run -d --rm --name dd busybox sleep 60 >/dev/null; docker update --restart always box nosuch dd; docker update box; docker update`,
  ],
  [
    '--cpu-rt-runtime and --cpu-rt-period',
    `for o in --cpu-rt-runtime=1000 --cpu-rt-period=2000 '--cpu-rt-runtime=3000 --cpu-rt-period=2000'; do docker run --rm $o busybox echo hi 2>&1 | sed 's/write .sys[^:]*:/write FILE:/'; done; ${SLEEPER}; docker update --cpu-rt-runtime=2000 --cpu-rt-period=1000 box; docker inspect -f '{{.HostConfig.CpuRealtimeRuntime}} {{.HostConfig.CpuRealtimePeriod}}' box`,
  ],
  [
    '--cpuset-cpus and --cpuset-mems',
    'for f in "--cpuset-cpus 9999" "--cpuset-cpus 0-5000" "--cpuset-cpus x" "--cpuset-mems 99" "--cpuset-mems 1-"; do docker run --rm $f busybox true 2>&1 | sed "s/available: .*/available/"; done; docker run --name box --cpuset-cpus 0 --cpuset-mems 0 busybox nproc; docker update --cpuset-cpus 77 box 2>&1 | sed "s/available: .*/available/"; docker inspect -f "{{.HostConfig.CpusetCpus}} {{.HostConfig.CpusetMems}}" box',
  ],
  [
    '--cpuset-cpus: for what is started in it, and changed',
    'docker run -d --name box --cpuset-cpus 0 busybox sleep 60 >/dev/null; docker exec box nproc; docker run -d --name dd busybox sleep 60 >/dev/null; docker update --cpuset-cpus 0 dd; docker exec dd nproc; docker exec dd grep Cpus_allowed_list /proc/1/status',
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
    'docker create --name box -e A=1 -w /tmp -u 1 -l x=y -p 80 -v /v busybox echo a b; docker inspect -f "{{json .Config}}" box; docker inspect -f "{{.Path}} {{json .Args}} {{.Image}} {{.Name}} {{.Platform}} {{.Driver}} {{.RestartCount}}" box',
  ],
  [
    'inspect: host configuration',
    'docker create --name box busybox true; docker inspect -f "{{json .HostConfig}}" box',
  ],
  [
    'inspect: host configuration with flags',
    'docker create --name box --cap-add NET_ADMIN --cap-drop CHOWN --privileged --init --rm -m 64m --cpus 0.5 --pids-limit 9 --ulimit nofile=5 --dns 1.1.1.1 --add-host a:1.2.3.4 --tmpfs /t --read-only --restart no --shm-size 1m -p 127.0.0.1:80:80 -P --device /dev/null --group-add 3 --sysctl net.ipv4.ip_forward=0 busybox true; docker inspect -f "{{json .HostConfig}}" box',
  ],
  ['inspect: state', "docker run --name box busybox sh -c 'exit 3'; docker inspect -f '{{json .State}}' box"],
  [
    'inspect: state before the start',
    'docker create --name box busybox true; docker inspect -f "{{json .State}}" box',
  ],
  [
    'inspect: state of a failed start',
    'docker run --name box busybox nosuch 2>/dev/null; docker inspect -f "{{json .State}}" box',
  ],
  ['inspect: networks', `${SLEEPER}; docker inspect -f '{{json .NetworkSettings}}' box`],
  [
    'inspect: networks of a stopped one',
    'docker run --name box busybox true; docker inspect -f "{{json .NetworkSettings}}" box',
    { differs: 'sandbox-of-a-stopped-one', mask: /"Sandbox(?:ID|Key)":"[^"]*"/gu },
  ],
  [
    'inspect: mounts',
    'docker volume create vol >/dev/null; docker create --name box -v vol:/v:ro -v /anonymous --tmpfs /t busybox true; docker inspect -f "{{range .Mounts}}{{json .}}{{println}}{{end}}" box',
    { unordered: true },
  ],
  [
    'inspect: whole',
    'docker create --name box busybox true; docker inspect box',
    {
      mask: /"(?:ResolvConfPath|HostnamePath|HostsPath|LogPath|Data|LowerDir|MergedDir|UpperDir|WorkDir)": .*/gu,
      differs: 'paths',
    },
  ],
  [
    'inspect --size',
    "docker run --name box busybox sh -c 'head -c 5000 /dev/zero >/f'; docker inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' box",
  ],
  [
    'inspect: bad template',
    'docker create --name box busybox true; docker inspect -f "{{.Nosuch}}" box; docker inspect -f "{{" box',
  ],
  [
    'port',
    'docker run -d --name box -p 127.0.0.1:8081:80 -p 8082:81/udp busybox sleep 60 >/dev/null; docker port box; docker port box 80; docker port box 81/udp; docker port box 99',
    { unordered: true },
  ],
  ['port: unknown', 'docker port nosuch'],
  ['stats --no-stream', `${SLEEPER}; docker stats --no-stream --format '{{.Name}}' box`],
  [
    'stats of a stopped one',
    'docker run --name box busybox true; docker stats --no-stream --format "{{.Name}} {{.CPUPerc}} {{.PIDs}}" box',
  ],
];
