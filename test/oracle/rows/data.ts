import type { Row } from '../row.ts';

const SLEEPER = 'docker run -d --name box busybox sleep 60 >/dev/null';

export const DATA: readonly Row[] = [
  [
    'volume create, ls, inspect',
    "docker volume create vol; docker volume create --label a=1 wol; docker volume ls; docker volume inspect -f '{{.Name}} {{.Driver}} {{json .Labels}} {{.Mountpoint}} {{.Scope}} {{json .Options}}' vol wol",
  ],
  ['volume create twice', 'docker volume create vol; docker volume create vol'],
  ['volume create: anonymous', 'docker volume create; docker volume ls -q | wc -l'],
  ['volume create: bad name', 'docker volume create "a b"'],
  [
    'volume rm',
    'docker volume create vol; docker volume rm vol; docker volume rm vol; docker volume rm -f vol',
  ],
  ['volume rm: in use', 'docker create --name box -v vol:/v busybox true; docker volume rm vol'],
  ['volume inspect: unknown', 'docker volume inspect nosuch'],
  ['volume prune', 'docker volume create vol; docker volume prune -f; docker volume ls -q'],
  [
    'volume ls: filters',
    'docker volume create vol; docker volume create --label a=1 wol; docker create -v vol:/v --name box busybox true; docker volume ls -q --filter dangling=true; docker volume ls -q --filter name=vol; docker volume ls -q --filter label=a; docker volume ls -q --filter driver=local; docker volume ls --filter nosuch=1',
  ],
  [
    '-v named keeps data',
    "docker run --rm -v vol:/v busybox sh -c 'echo kept >/v/f'; docker run --rm -v vol:/v busybox cat /v/f",
  ],
  [
    '-v named is filled from the image',
    'docker run --rm -v vol:/etc busybox ls /etc; docker run --rm -v vol:/x busybox sh -c "ls /x | grep passwd"',
  ],
  ['-v nocopy', "docker run --rm -v vol:/var:nocopy busybox sh -c 'ls /var | wc -l'"],
  ['-v read-only', 'docker run --rm -v vol:/v:ro busybox touch /v/a'],
  [
    '-v a folder of the host',
    "mkdir d; echo here >d/f; chmod 777 d; docker run --rm -v $PWD/d:/d busybox sh -c 'cat /d/f; echo back >/d/g'; cat d/g",
  ],
  [
    '-v a file of the host',
    "echo here >f; docker run --rm -v $PWD/f:/f:ro busybox sh -c 'cat /f; echo no >/f'",
  ],
  [
    '-v makes what is missing',
    "docker run --rm -v $PWD/new:/new busybox sh -c 'ls /new | wc -l'; test -d new && echo made",
  ],
  [
    '-v: bad modes',
    'docker run --rm -v vol:/v:nosuch busybox true; docker run --rm -v vol: busybox true; docker run --rm -v /a:/b:/cc:/d busybox true; docker run --rm -v vol:/ busybox true',
  ],
  ['-v: twice the same target', 'docker run --rm -v one:/v -v one:/v:ro busybox true'],
  [
    '--mount volume',
    "docker run --rm --mount source=vol,target=/v busybox sh -c 'touch /v/a'; docker run --rm --mount type=volume,src=vol,dst=/v,readonly busybox touch /v/b; docker run --rm --mount type=volume,dst=/v busybox ls /v",
  ],
  [
    '--mount bind',
    "mkdir d; echo here >d/f; docker run --rm --mount type=bind,src=$PWD/d,dst=/d,readonly busybox sh -c 'cat /d/f; touch /d/x'",
  ],
  ['--mount bind: missing source', 'docker run --rm --mount type=bind,src=$PWD/nosuch,dst=/d busybox true'],
  [
    '--mount tmpfs',
    "docker run --rm --mount type=tmpfs,dst=/t,tmpfs-size=64k,tmpfs-mode=700 busybox sh -c 'df -k /t | tail -1; stat -c %a /t'",
  ],
  [
    '--mount: bad',
    'docker run --rm --mount type=nosuch,dst=/t busybox true; docker run --rm --mount type=bind,dst=/t busybox true; docker run --rm --mount nosuch=1 busybox true; docker run --rm --mount type=volume,src=vol busybox true',
  ],
  [
    '--volumes-from',
    "docker run --name one -v /v busybox sh -c 'echo shared >/v/f'; docker run --rm --volumes-from one busybox cat /v/f; docker run --rm --volumes-from nosuch busybox true; docker run --rm --volumes-from one:ro busybox touch /v/g",
  ],
  [
    '--rm removes anonymous volumes only',
    'docker run --rm -v /a -v named:/b busybox true; docker volume ls -q',
  ],
  [
    'cp out',
    "docker run --name box busybox sh -c 'echo in >/f; chmod 640 /f'; docker cp box:/f out; cat out; stat -c %a out",
  ],
  [
    'cp in',
    `${SLEEPER}; echo data >f; docker cp f box:/tmp/; docker cp f box:/tmp/g; docker exec box sh -c 'cat /tmp/f /tmp/g; stat -c %a:%u /tmp/f'`,
  ],
  [
    'cp a folder out',
    'docker create --name box busybox true >/dev/null; docker cp box:/etc etc; ls etc; mkdir there; docker cp box:/etc there; ls there; docker cp box:/etc/. dot; ls dot',
  ],
  [
    'cp a folder in',
    `mkdir -p d/e; echo 1 >d/e/f; ${SLEEPER}; docker cp d box:/new; docker cp d box:/tmp; docker cp d/. box:/home; docker exec box find /new /tmp/d /home -type f`,
  ],
  [
    'cp through tar',
    'docker create --name box busybox true >/dev/null; docker cp box:/etc/passwd - | tar -t; mkdir d; echo a >d/a; tar -C d -c a | docker cp - box:/home; docker cp box:/home/a - | tar -xO',
  ],
  [
    'cp: not there',
    `${SLEEPER}; docker cp box:/nosuch .; docker cp nosuch box:/tmp; echo a >f; docker cp f box:/nosuch/dir; docker cp f box:/nosuch/; docker cp nosuch:/a .`,
  ],
  [
    'cp: a folder onto a file',
    `${SLEEPER}; mkdir d; docker cp d box:/etc/passwd; echo a >f; docker cp f box:/etc/passwd/`,
  ],
  [
    'cp: symbolic links',
    `${SLEEPER}; docker exec box sh -c 'echo t >/t; ln -s /t /l; ln -s ../../../../etc/passwd /esc'; docker cp box:/l l; readlink l; docker cp -L box:/l followed; cat followed; docker cp box:/esc esc; readlink esc; docker cp -L box:/esc passwd; head -1 passwd`,
  ],
  [
    'cp: follows a link of the container',
    `${SLEEPER}; docker exec box sh -c 'mkdir /real; ln -s /real /link'; echo a >f; docker cp f box:/link/; docker exec box ls /real`,
  ],
  [
    'cp: what is told of a volume',
    "t=$(date +%s.%N); echo f >f; docker create --name box -v vol:/data busybox true >/dev/null; docker cp f box:/data/f; docker cp f box:/g; docker cp f box:/nosuch/f; docker events --since $t --until $(($(date +%s)+1)) --filter type=volume --filter type=container --format '{{.Type}} {{.Action}} {{json .Actor.Attributes}}'",
  ],
  [
    'cp into a volume',
    'docker run -d --name box -v vol:/v busybox sleep 60 >/dev/null; echo a >f; docker cp f box:/v/f; docker exec box cat /v/f; docker cp box:/v/f g; cat g',
  ],
  [
    'cp into what is read-only',
    'docker run -d --name box --read-only -v vol:/v:ro busybox sleep 60 >/dev/null; echo a >f; docker cp f box:/tmp/f; docker cp f box:/v/f',
  ],
  [
    'cp between containers',
    'docker create --name one busybox true; docker create --name two busybox true; docker cp one:/etc two:/tmp',
  ],
  [
    'cp -a keeps owners',
    `${SLEEPER}; echo a >f; chown 33:7 f; docker cp -a f box:/tmp/f; docker cp f box:/tmp/g; docker exec box stat -c %u:%g /tmp/f /tmp/g`,
  ],
  [
    'network ls',
    "docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'; docker network ls --filter driver=host -q | wc -l; docker network ls --filter name=rid --format '{{.Name}}'; docker network ls --filter type=custom -q; docker network ls --filter nosuch=1",
  ],
  [
    'network create and inspect',
    "docker network create --subnet 10.9.0.0/24 --gateway 10.9.0.9 --label a=1 n; docker network inspect -f '{{.Name}} {{.Driver}} {{json .IPAM}} {{json .Labels}} {{.Internal}} {{json .Containers}} {{json .Options}}' n; docker network inspect -f '{{json .IPAM}} {{json .Options}}' bridge",
  ],
  [
    'network create: default subnet',
    "docker network create n; docker network inspect -f '{{json .IPAM.Config}}' n",
  ],
  [
    'network create: taken',
    'docker network create n; docker network create n; docker network create bridge; docker network create --subnet 10.9.0.0/24 a; docker network create --subnet 10.9.0.0/16 b',
  ],
  [
    'network create: bad',
    'docker network create --subnet nosuch n; docker network create "a b"; docker network create ""; docker network create --gateway 10.1.1.1 n',
  ],
  [
    'network rm',
    'docker network create n; docker network rm n; docker network rm n; docker network rm bridge',
  ],
  [
    'network rm: in use',
    'docker network create --subnet 10.7.0.0/16 n; docker run -d --name box --network n busybox sleep 60 >/dev/null; docker network rm n',
  ],
  ['network prune', 'docker network create n; docker network prune -f'],
  ['network inspect: unknown', 'docker network inspect nosuch'],
  [
    'names on a network',
    "docker network create --subnet 10.7.0.0/16 n >/dev/null; docker run -d --name db --network n --network-alias store busybox sleep 60 >/dev/null; docker run --rm --network n busybox sh -c 'ping -c1 -W2 db >/dev/null && echo db; ping -c1 -W2 store >/dev/null && echo alias'",
  ],
  [
    'names: who answers, and what containers are called',
    'docker network create --subnet 10.7.0.0/16 n >/dev/null; docker run -d --name one --network n --network-alias store --hostname hst busybox sleep 60 >/dev/null; docker run -d --name two --network n --network-alias store busybox sleep 60 >/dev/null; docker run --rm --network n busybox sh -c \'cat /etc/resolv.conf; for each in one hst one.n store ONE; do echo == $each; nslookup $each | grep -E "^(Name|Server|Address):" | sort; done; nslookup 10.7.0.2 | grep name\'; docker run --rm --network n --dns 1.2.3.4 --dns-search example.org --dns-option ndots:3 busybox cat /etc/resolv.conf; docker rename one box; docker exec two nslookup box | grep -A1 ^Name',
  ],
  [
    'names: of the networks that a container is on now',
    'docker network create --subnet 10.7.0.0/16 n >/dev/null; docker network create --subnet 10.8.0.0/16 m >/dev/null; docker run -d --name one --network n busybox sleep 60 >/dev/null; docker run -d --name two --network m busybox sleep 60 >/dev/null; docker network connect m one; docker exec one nslookup two | grep -A1 ^Name; docker network disconnect n one; docker exec one nslookup two | grep -A1 ^Name; docker run -d --name dd busybox sleep 60 >/dev/null; docker network connect m dd; docker exec dd nslookup two | grep -A1 ^Name; docker exec dd cat /etc/resolv.conf',
  ],
  [
    'no names on the default bridge',
    'docker run -d --name db busybox sleep 60 >/dev/null; docker run --rm busybox grep -w db /etc/hosts',
  ],
  [
    'a network of its own keeps others out',
    "docker network create --subnet 10.7.0.0/16 n >/dev/null; docker run -d --name one --network n busybox sleep 60 >/dev/null; ip=$(docker inspect -f '{{.NetworkSettings.Networks.n.IPAddress}}' one); echo $ip; docker run --rm busybox ping -c1 -W1 $ip | tail -2",
  ],
  [
    'network --ip',
    'docker network create --subnet 10.9.0.0/24 n >/dev/null; docker run --rm --network n --ip 10.9.0.77 busybox sh -c \'ip -o -4 addr show eth0 | cut -d" " -f7\'; docker run --name box --network n --ip 10.8.0.1 busybox true',
  ],
  [
    'network connect',
    'docker network create --subnet 10.7.0.0/16 n >/dev/null; docker run -d --name box busybox sleep 60 >/dev/null; docker network connect --alias x n box; docker exec box sh -c \'ip -o -4 addr | cut -d" " -f2,7\'; docker network connect n box; docker network disconnect n box; docker exec box sh -c \'ip -o -4 addr | cut -d" " -f2,7\'; docker network disconnect n box',
  ],
  [
    'network connect: unknown',
    'docker run -d --name box busybox sleep 60 >/dev/null; docker network connect nosuch box; docker network connect bridge nosuch',
  ],
  [
    'network connect: host',
    'docker create --name box busybox true >/dev/null; docker network connect host box',
  ],
  [
    'network of containers',
    "docker network create --subnet 10.7.0.0/16 n >/dev/null; docker run -d --name box --network n busybox sleep 60 >/dev/null; docker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}} {{.MacAddress}}{{end}}' n",
  ],
  [
    'network --internal',
    'docker network create --internal --subnet 10.7.0.0/16 n >/dev/null; docker run --rm --network n busybox ip route',
  ],
  [
    'publish',
    "docker run -d --name box -p 8080:80 busybox sh -c 'while :; do echo answer | nc -l -p 80; done' >/dev/null; docker port box; eventually 'docker run --rm --network host busybox sh -c \"nc 127.0.0.1 8080 </dev/null\" | grep answer'; docker run --rm --network host busybox sh -c 'nc 127.0.0.1 8080 </dev/null'",
  ],
  [
    'publish: all forms',
    "docker run -d --name box -p 80 -p 8081:81 -p 127.0.0.1:8082:82 -p 8083:83/udp -p 9000-9001:90-91 busybox sleep 60 >/dev/null; docker port box | sed 's/:[3-6][0-9]\\{4\\}/:random/' | sort; docker ps --format '{{.Ports}}' | sed 's/:[3-6][0-9]\\{4\\}/:random/g'",
  ],
  [
    'publish -P',
    "docker run -d --name box --expose 80 --expose 81/udp -P busybox sleep 60 >/dev/null; docker port box | sed 's/:[0-9]*$/:random/' | sort",
  ],
  [
    'publish: taken',
    'docker run -d --name one -p 8080:80 busybox sleep 60 >/dev/null; docker run --name two -p 8080:80 busybox true; docker ps -a --format "{{.Names}} {{.Status}}"',
  ],
  [
    'publish: free again',
    'docker run -d --name one -p 8080:80 busybox sleep 60 >/dev/null; docker rm -f one; docker run -d --name two -p 8080:80 busybox sleep 60 >/dev/null; docker port two',
  ],
  [
    'publish: bad',
    'docker run --rm -p x busybox true; docker run --rm -p 99999:80 busybox true; docker run --rm -p 80:80:80:80 busybox true; docker run --rm -p 1-2:3 busybox true',
  ],
  ['wrong input', 'docker nosuch; docker ps nosuch; docker inspect; docker exec box; docker rm', {}],
];
