import type { Row } from '../row.ts';

export const RUN: readonly Row[] = [
  ['run prints', 'docker run --rm busybox echo hi'],
  ['run keeps stdout and stderr apart', "docker run --rm busybox sh -c 'echo out; echo err >&2'"],
  ['run passes the exit code on', "docker run --rm busybox sh -c 'exit 42'"],
  ['run without --rm leaves a container', 'docker run --name box busybox true'],
  ['run: program not found', 'docker run --name box busybox nosuch'],
  ['run: program not found, by path', 'docker run --rm busybox /bin/nosuch'],
  ['run: not executable', 'docker run --rm busybox /etc/passwd'],
  ['run: a folder is no program', 'docker run --rm busybox /etc'],
  ['run: killed by a signal', "docker run --rm busybox sh -c 'kill -KILL $$'"],
  ['run -d prints the id', 'docker run -d --name box busybox sleep 60'],
  ['run --cidfile', 'docker run --cidfile id busybox true; docker inspect -f "{{.State.Status}}" $(cat id)'],
  ['run -i reads standard input', "printf 'a\\nb\\n' | docker run -i --rm busybox cat"],
  ['run without -i closes standard input', 'echo no | docker run --rm busybox cat'],
  ['run -i passes 10 MB through', 'head -c 10000000 /dev/zero | docker run -i --rm busybox md5sum'],
  ['run -t has a terminal', "docker run -t --rm busybox sh -c 'test -t 1 && echo tty; echo two'"],
  ['run -it without a terminal', 'docker run -it --rm busybox true'],
  ['run -a stdout', "docker run -a stdout --rm busybox sh -c 'echo out; echo err >&2'"],
  ['run -e', 'A=from-host docker run --rm -e A -e B=2 -e C= -e NOSUCH busybox env | grep -v HOSTNAME | sort'],
  [
    'run --env-file',
    "printf '# box\\nA=1\\nB=two words\\n' >f; docker run --rm --env-file f -e A=3 busybox env | grep ^[AB] | sort",
  ],
  ['run --env-file, bad line', "printf 'A B=1\\n' >f; docker run --rm --env-file f busybox env"],
  ['run: environment by default', 'docker run --rm --hostname h busybox env | sort'],
  ['run -t: environment by default', 'docker run --rm -t --hostname h busybox env | sort'],
  ['run -w makes the folder', "docker run --rm -w /a/b busybox sh -c 'pwd; stat -c %a:%u .'"],
  ['run -w not absolute', 'docker run --rm -w a busybox pwd'],
  ['run -u number', 'docker run --rm -u 1000:2000 busybox id'],
  ['run -u number alone', 'docker run --rm -u 1000 busybox id'],
  ['run -u name', 'docker run --rm -u www-data busybox id'],
  ['run -u name:group', 'docker run --rm -u daemon:www-data busybox id'],
  ['run -u unknown', 'docker run --rm -u nosuch busybox id'],
  ['run -u unknown group', 'docker run --rm -u root:nosuch busybox id'],
  ['run --group-add', 'docker run --rm -u 5 --group-add www-data --group-add 77 busybox id'],
  ['run -u sets HOME', 'docker run --rm -u www-data busybox sh -c "echo $HOME; cd; pwd"'],
  ['run --entrypoint', 'docker run --rm --entrypoint echo busybox a b'],
  ['run --entrypoint empty', 'docker run --rm --entrypoint "" busybox echo a'],
  [
    'run without a command',
    "docker run --rm --entrypoint '' busybox </dev/null; docker run --rm -i busybox <<<'echo from sh'",
  ],
  [
    'run --hostname',
    "docker run --rm --hostname web.example busybox sh -c 'hostname; cat /etc/hostname; tail -1 /etc/hosts'",
  ],
  [
    'run --domainname',
    "docker run --rm --hostname web --domainname example.org busybox sh -c 'hostname; tail -1 /etc/hosts'",
  ],
  ['run: default hosts', 'docker run --rm busybox head -6 /etc/hosts'],
  ['run --add-host', 'docker run --rm --add-host db:10.0.0.9 busybox grep 10.0.0.9 /etc/hosts'],
  ['run --add-host, bad', 'docker run --rm --add-host db busybox true'],
  [
    'run --dns',
    'docker run --rm --dns 10.1.1.1 --dns-search example.org --dns-option ndots:2 busybox cat /etc/resolv.conf',
  ],
  [
    'run --label',
    'docker run --name box --label a=1 --label b busybox true; docker inspect -f "{{json .Config.Labels}}" box',
  ],
  [
    'run --label-file',
    "printf 'x=1\\ny\\n' >f; docker run --name box --label-file f busybox true; docker inspect -f '{{json .Config.Labels}}' box",
  ],
  ['run --read-only', "docker run --rm --read-only busybox sh -c 'touch /a; touch /dev/shm/a && echo shm'"],
  [
    'run --tmpfs',
    'docker run --rm --read-only --tmpfs /t busybox sh -c \'touch /t/a && grep " /t " /proc/mounts | cut -d" " -f1-4; stat -c %a /t\'',
    { differs: 'user-namespace', mask: /,[ug]id=\d+/gu },
  ],
  [
    'run --tmpfs with options',
    "docker run --rm --tmpfs /t:size=64k,mode=700 busybox sh -c 'df -k /t | tail -1; stat -c %a /t'",
  ],
  ['run --init', "docker run --rm --init busybox sh -c 'cat /proc/1/comm'"],
  [
    'run --init reaps',
    "docker run --rm --init busybox sh -c '(sleep 0.1 &) ; for i in $(seq 50); do ps -o args | grep -q [s]leep || break; sleep 0.1; done; ps -o stat | grep -c ^Z'",
  ],
  [
    'run --pid=container',
    "docker run -d --name one busybox sleep 61; docker run --rm --pid container:one busybox ps -o args | grep -c 'sleep 61'",
  ],
  ['run without privileges cannot mount', "docker run --rm busybox sh -c 'mkdir /m && mount -t tmpfs t /m'"],
  ['run: default capabilities', 'docker run --rm busybox grep Cap /proc/self/status'],
  ['run --cap-drop', 'docker run --rm --cap-drop ALL busybox grep CapEff /proc/self/status'],
  [
    'run --cap-add',
    'docker run --rm --cap-drop ALL --cap-add CHOWN --cap-add net_raw busybox grep CapEff /proc/self/status',
  ],
  ['run --cap-add unknown', 'docker run --rm --cap-add NOSUCH busybox true'],
  ['run -u without capabilities', 'docker run --rm -u 1 busybox grep Cap /proc/self/status'],
  ['run --ulimit', "docker run --rm --ulimit nofile=100:200 busybox sh -c 'ulimit -n; ulimit -Hn'"],
  ['run --ulimit, bad', 'docker run --rm --ulimit nosuch=1 busybox true'],
  ['run --shm-size', "docker run --rm --shm-size 1m busybox sh -c 'df -k /dev/shm | tail -1'"],
  ['run: default /dev', 'docker run --rm busybox ls /dev', { differs: 'dev-core', mask: /^core\n/mu }],
  [
    'run: default mounts',
    'docker run --rm busybox sh -c \'cut -d" " -f2,3 /proc/mounts | grep -v ^/proc | sort\'',
    { differs: 'session-devices', mask: /^\/(?:dev\/\w+ devtmpfs|sys\/fs\/cgroup\S* cgroup2?)\n/gmu },
  ],
  [
    'run: masked paths',
    "docker run --rm busybox sh -c 'wc -c </proc/kcore; cat /proc/timer_list | wc -c; ls /proc/scsi /sys/firmware'",
  ],
  ['run: /proc/sys is read-only', "docker run --rm busybox sh -c 'echo 1 >/proc/sys/kernel/domainname'"],
  ['run --device', 'docker run --rm --device /dev/null:/dev/other busybox ls -l /dev/other | cut -c1-10'],
  ['run --device that is not there', 'docker run --rm --device /dev/nosuch busybox true'],
  [
    'run --sysctl',
    'docker run --rm --sysctl net.ipv4.ip_forward=0 busybox cat /proc/sys/net/ipv4/ip_forward',
  ],
  ['run --oom-score-adj', 'docker run --rm --oom-score-adj 600 busybox cat /proc/self/oom_score_adj'],
  [
    'run --memory',
    'docker run --name box --memory 16m busybox true; docker inspect -f "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}" box',
  ],
  ['run --memory too small', 'docker run --rm --memory 1m busybox true'],
  [
    'run --memory: killed by the kernel',
    "docker run --name box --memory 16m busybox sh -c 'head -c 60000000 /dev/zero | tail' 2>/dev/null; docker inspect -f '{{.State.OOMKilled}}' box",
  ],
  [
    'run --cpus',
    'docker run --name box --cpus 0.5 busybox true; docker inspect -f "{{.HostConfig.NanoCpus}}" box',
  ],
  [
    'run --cpus too many',
    'docker run --rm --cpus 1000 busybox true',
    { mask: /\d+(?=, as there are)|\d+(?= CPUs)|\d+\.\d+/gu, differs: 'cpus' },
  ],
  [
    'run --pids-limit',
    "docker run --rm --pids-limit 4 busybox sh -c 'for i in 1 2 3 4 5 6; do sleep 1 & done; wait' 2>&1 | sort -u | head -3",
  ],
  ['run: bad name', 'docker run --rm --name "a b" busybox true'],
  ['run: name taken', 'docker run --name box busybox true; docker run --name box busybox true'],
  [
    'run: no such image',
    'docker run --rm nosuch true',
    { differs: 'hub', mask: /\nThis machine has no way to a hub[^\n.]*/gu },
  ],
  ['run: bad image name', 'docker run --rm Busybox true'],
  ['run: unknown flag', 'docker run --nosuch busybox'],
  ['run: no image', 'docker run'],
  ['run --pull never', 'docker run --rm --pull never nosuch true'],
  ['run pulls what is missing', 'docker rmi -f hello-world >/dev/null 2>&1; docker run --rm hello-world'],
  [
    'run by id and by digest',
    'docker run --rm $(docker images -q busybox) echo by id; docker run --rm $(docker inspect -f "{{index .RepoDigests 0}}" busybox) echo by digest',
  ],
  ['run --restart with --rm', 'docker run --rm --restart always busybox true'],
  [
    'run --restart on-failure',
    "docker run -d --name box --restart on-failure:2 busybox false >/dev/null; eventually '[ $(docker inspect -f {{.RestartCount}} box) = 2 ]'; docker wait box; docker inspect -f '{{.RestartCount}} {{.State.Status}}' box",
  ],
  ['run --restart unknown', 'docker run --restart sometimes busybox true'],
  [
    'run --stop-signal',
    'docker run -d --name box --stop-signal USR1 busybox sh -c \'trap "echo usr1; exit 3" USR1; echo ready; while :; do sleep 0.1; done\' >/dev/null; eventually "docker logs box | grep ready"; docker stop box; docker logs box; docker wait box',
  ],
  ['run --network none', 'docker run --rm --network none busybox sh -c \'ip -o addr | cut -d" " -f2-7\''],
  ['run --network host', 'docker run --rm --network host --name box busybox true; echo $?'],
  ['run --network nosuch', 'docker run --name box --network nosuch busybox true'],
  [
    'run --network container',
    'docker run -d --name one busybox sleep 60 >/dev/null; docker run --rm --network container:one busybox sh -c \'ip -o -4 addr show eth0 | cut -d" " -f2-7\'',
  ],
  [
    'run: address on the bridge',
    'docker run --rm busybox sh -c \'ip -o -4 addr show eth0 | cut -d" " -f2-7; ip route\'',
  ],
  ['run --ip on the default bridge', 'docker run --name box --ip 172.17.0.9 busybox true'],
  [
    'run --mac-address',
    'docker run --rm --mac-address 02:42:ac:11:00:55 busybox cat /sys/class/net/eth0/address',
  ],
  [
    'run --link',
    'docker run -d --name db busybox sleep 60 >/dev/null; docker run --rm --link db:store busybox grep store /etc/hosts',
  ],
  ['run --uts host', 'docker run --rm --uts host busybox true; echo $?'],
  [
    'run --ipc shareable: memory that others have too',
    "docker run -d --name box --ipc shareable --shm-size 1m busybox sleep 60 >/dev/null; docker run --rm --ipc container:box busybox sh -c 'echo shared >/dev/shm/f; grep /dev/shm /proc/mounts | cut -d, -f1-4'; docker exec box cat /dev/shm/f; docker run -d --name dd --ipc container:box busybox sleep 60 >/dev/null; docker rm -f box; docker exec dd cat /dev/shm/f; docker run --name ee --ipc shareable busybox ls /dev/shm; docker start -a ee",
  ],
  [
    'run: every user may have any port, and ping',
    "docker run --rm -u 1000 busybox sh -c 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ping -c 1 127.0.0.1 | grep -c ttl'; docker run --rm -u 1000 --network none busybox ping -c 1 127.0.0.1 | grep -c ttl; docker run --rm --sysctl net.ipv4.ip_unprivileged_port_start=1024 busybox cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
  ],
  [
    'run -v: files of the network over a volume, and not to be written',
    "docker run --rm --dns 127.0.0.1 -v /etc busybox cat /etc/resolv.conf; docker run --rm --read-only busybox sh -c 'touch /etc/hosts /etc/hostname /etc/resolv.conf'; docker run --rm -v vol:/test:shared busybox true",
  ],
  [
    'run -e: nothing, and less than that',
    "docker run --rm -h testing -e HOME= -e EMPTY= busybox env | sort; docker run --rm -e HOSTNAME -e PATH= busybox /bin/env | sort; docker run -d --name box -e HOME= busybox sleep 60 >/dev/null; docker exec -e HOSTNAME= box sh -c 'echo $HOME $HOSTNAME'",
  ],
  [
    'run --link: who has the network of another',
    "docker run -d --name one busybox sleep 60 >/dev/null; docker run -d --name two --network container:one busybox sleep 60 >/dev/null; docker run -d --name three --network container:two busybox sleep 60 >/dev/null; docker run --rm --link three:db busybox sh -c 'grep -c db /etc/hosts; ping -c 1 db | grep -c ttl; env | grep DB_NAME | cut -d/ -f3'; docker rm -f three two >/dev/null",
  ],
  [
    'run --network container: by its id',
    `docker run -d --name one --ipc shareable busybox sleep 60 >/dev/null; docker create --name two --network container:one --pid container:one --ipc container:one busybox ps -o args >/dev/null; id=$(docker inspect -f '{{.Id}}' one); docker inspect -f '{{with .HostConfig}}{{.NetworkMode}} {{.PidMode}} {{.IpcMode}}{{end}}' two | sed "s/$id/ID/g"; docker rename one other; docker start -a two | grep -c 'sleep 60'`,
  ],
  [
    'run: programs that the kernel does not take',
    `printf 'FROM busybox\nRUN echo "#!/no/such" >/bin/script; echo garbage >/bin/garbage; cp /bin/garbage /bin/plain; chmod +x /bin/script /bin/garbage\n' | docker build -q -t odd - >/dev/null; for program in script /bin/garbage plain /bin/plain /bin; do docker run --name box odd $program; echo $?; docker inspect -f '{{.State.ExitCode}} {{.State.Error}}' box; docker logs box; docker rm box >/dev/null; done; docker run -t --name box odd script; docker run -d --name up odd sleep 60 >/dev/null; for program in plain /bin/plain; do docker exec up $program; echo $?; done`,
  ],
  [
    'run -v: a mode and no place',
    'for v in /test:rslave /test:ro vol:z /test:; do docker create -v $v busybox; done',
  ],
  [
    "run -v: the engine's own folder",
    "docker run --name box -v /var/lib/docker:/a -v /:/b:ro -v /var/lib/docker/containers:/c:rshared --mount type=bind,source=/var/lib/docker,target=/d --mount type=bind,source=/home,target=/e busybox true; docker inspect -f '{{range .Mounts}}{{println .Destination .Propagation}}{{end}}' box | sort; docker create -v /var/lib/docker:/d:private busybox; docker create --mount type=bind,source=/var/lib/docker/volumes,target=/d,bind-propagation=slave busybox",
  ],
  ['run --ipc none', 'docker run --rm --ipc none busybox sh -c "ls /dev/shm"'],
  [
    'run --security-opt no-new-privileges',
    'docker run --rm --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status',
  ],
  ['run --userns', 'docker run --rm --userns nosuch busybox true'],
  [
    'run --health-cmd',
    "docker run -d --name box --health-cmd 'test -f /ok' --health-interval 1s busybox sh -c 'touch /ok; sleep 60' >/dev/null; eventually '[ $(docker inspect -f {{.State.Health.Status}} box) = healthy ]'; docker ps --format '{{.Status}}'",
  ],
  ['run --platform', 'docker run --rm --platform linux/amd64 busybox echo same'],
  [
    'run --platform: another one',
    'docker create --pull never --platform linux/arm64 busybox true; docker create --pull never --platform windows/amd64 busybox true; docker create --platform nosuch busybox true; docker create --platform a/b/c/d busybox true; docker run --rm --platform LINUX/X86_64 busybox echo same; docker create --pull never --platform linux/arm64 nosuch true',
  ],
  [
    'exec: programs that the kernel does not take',
    `docker run -d --name box busybox sh -c 'echo hello >/junk; printf "#!/nosuch\\n" >/script; chmod +x /junk /script; cp /junk /bin/junkie; cp /script /usr/bin/scripted; touch /ready; sleep 600' >/dev/null
eventually 'docker exec box ls /ready'; docker exec box /junk; echo $?; docker exec -t box /script; echo $?; docker exec box scripted; docker exec -t box junkie; docker exec -w /junk box ls; echo $?; docker exec box echo 'exec: Exec format error'`,
  ],
  [
    'run -t: programs that are not there, or none',
    'docker run -t --rm busybox nosuch; echo $?; docker run -t --rm busybox /etc; echo $?; docker run -t --rm busybox /nosuch',
  ],
  [
    'run --log-driver and --log-opt',
    'docker run --name one --log-driver none busybox echo hi; docker logs one; docker run --rm --log-driver nosuch busybox true; docker run --rm --log-opt nosuch=1 busybox true; docker run --rm --log-opt max-file=x busybox true; docker run --rm --log-opt mode=x busybox true; docker run --rm --log-opt max-buffer-size=1m busybox true; docker run --name two --log-opt max-size=1m --log-opt max-file=2 busybox echo hi; docker inspect -f "{{json .HostConfig.LogConfig}}" one two',
  ],
  [
    'run --log-opt: how much of a log is kept',
    `for o in max-size=0 compress=maybe compress=true 'max-size=1k --log-opt compress=true'; do docker run --rm --log-opt $o busybox true; done; for o in max-file=1 max-file=3 'max-file=3 --log-opt compress=true'; do docker run --name box --log-opt max-size=100k --log-opt $o busybox seq 3000 >/dev/null; docker logs --tail 2 box; echo $(($(docker logs box | wc -l) / 1000)); docker start -a box >/dev/null; echo $(($(docker logs --tail 3001 box | wc -l) / 1000)); docker rm box; done`,
  ],
  [
    'run: what no machine of this kind has',
    'docker run --rm --storage-opt size=10G busybox true; docker run --rm --gpus all busybox true; docker run --rm --runtime nosuch busybox true; docker run --rm --isolation hyperv busybox true',
  ],
  [
    "run: another one's namespaces",
    'docker create --name one busybox true; docker run --rm --pid container:nosuch busybox true; docker run --rm --ipc container:nosuch busybox true; docker run --rm --ipc nosuch busybox true; docker run --rm --pid nosuch busybox true; docker run --rm --uts nosuch busybox true; docker run --rm --pid container:one busybox true 2>&1 | sed "s/Error.*join/join/"',
  ],
  [
    'run: capabilities, groups and names that are none',
    'docker run --rm --cap-add nosuch busybox true; docker run --rm --cap-drop nosuch busybox true; docker run --rm --group-add nosuch busybox true; docker run --rm --hostname $(printf "x%.0s" $(seq 70)) busybox true; docker run --rm --tmpfs /x:nosuch busybox true; docker run --rm --tmpfs relative busybox true',
  ],
  [
    'run --stop-signal: numbers',
    'docker run --rm --stop-signal 99 busybox echo a; docker run --rm --stop-signal 0 busybox true; docker run --rm --stop-signal nosuch busybox true; docker run --rm --stop-signal -1 busybox true',
  ],
  [
    'run --health: refused',
    'docker run --rm --health-retries -1 busybox true; docker run --rm --health-interval 1us busybox true; docker run --rm --health-timeout -1s busybox true; docker run --rm --no-healthcheck --health-cmd x busybox true',
  ],
  [
    'run: wrong words',
    'for f in "-e =x" "-l =x" "--expose x" "--expose 99999" "--expose 80-70" "--add-host x:nosuch" "--link nosuch" "--mac-address nosuch" "--ip nosuch" "--dns nosuch" "--restart always:1" "--restart on-failure:x" "--network-alias x" "--ulimit nofile=5:4" "--device /dev/null:/dev/x:q" "--cidfile /nosuch/x" "--security-opt nosuch" "--security-opt seccomp=/nosuch" "--sysctl nosuch=1" "--cgroupns nosuch"; do echo "== $f"; docker run --rm $f busybox true 2>&1; done',
  ],
];
