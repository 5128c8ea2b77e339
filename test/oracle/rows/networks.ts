import type { Row } from '../row.ts';

const SIX = 'docker network create --ipv6 --subnet 10.9.0.0/24 --subnet fd00:9::/64 six >/dev/null';
const BARE = `grep -v '"Id"\\|Created'`;

/** Networks with IPv6, those that hold a configuration, and what a network's options do. */
export const NETWORKS: readonly Row[] = [
  [
    'network: IPv6 addresses',
    `${SIX}; docker network inspect -f '{{.EnableIPv6}} {{json .IPAM}}' six; docker run -d --name one --network six --ip6 fd00:9::20 busybox sleep 60 >/dev/null; docker run -d --name two --network six busybox sleep 60 >/dev/null; docker inspect -f '{{json .NetworkSettings.Networks.six.IPAMConfig}} {{with .NetworkSettings.Networks.six}}{{.IPv6Gateway}} {{.GlobalIPv6Address}} {{.GlobalIPv6PrefixLen}}{{end}} {{.NetworkSettings.GlobalIPv6Address}}' one two; docker network inspect -f '{{range .Containers}}{{println .Name .IPv4Address .IPv6Address}}{{end}}' six | sort; docker exec two sh -c 'ip -6 addr show dev eth0 scope global | grep -o "inet6 [^ ]*"; ip -6 route | grep default; tail -n 2 /etc/hosts | cut -f1; ping -6 -c1 one | grep -c ttl; ping -6 -c1 fd00:9::1 | grep -c ttl; nslookup -type=aaaa one 127.0.0.11 | grep Address | tail -n 1; ip -6 addr show dev lo | grep -c inet6'; docker network disconnect six two; docker exec two grep -c fd00 /etc/hosts`,
  ],
  [
    'network: the default route of IPv6 moves on',
    `${SIX}; docker network create --ipv6 --subnet 10.8.0.0/24 --subnet fd00:8::/64 zix >/dev/null; docker network create --subnet 10.7.0.0/24 four >/dev/null; docker run -d --name box --network zix busybox sleep 60 >/dev/null; route() { docker exec box sh -c 'ip route | grep default; ip -6 route | grep default | grep -o "via [^ ]* dev [^ ]*"'; }; route; for step in 'connect six' 'connect four' 'disconnect four' 'disconnect six'; do docker network $step box; echo "$step"; route; done`,
  ],
  [
    'network: the default route leads out of internal networks',
    "docker network create --internal --subnet 10.6.0.0/24 aint >/dev/null; docker network create --subnet 10.7.0.0/24 four >/dev/null; docker run -d --name box --network aint busybox sleep 60 >/dev/null; for step in 'connect four' 'disconnect four' 'connect four' 'disconnect aint'; do docker network $step box; echo \"$step\"; docker exec box ip route; done",
  ],
  [
    'network: IPv6 that cannot be',
    `${SIX}; docker network create --ipv6 n; docker network create --ipv6 --subnet fd00:9::/80 n; docker network create --ipv6 --subnet fd00:8::/64 --gateway fd01::1 n; docker run -d --name one --network six --ip6 fd00:9::20 busybox sleep 60 >/dev/null; for ip in fd00:9::20 fd01::20 nonsense; do docker run --rm --network six --ip6 $ip busybox true; done; docker run --rm --ip6 fd00:9::21 busybox true`,
  ],
  [
    'network: what only holds a configuration',
    `docker network create --config-only --ipv6 --subnet fd00:7::/64 --subnet 10.9.8.0/24 --label a=b -o com.docker.network.driver.mtu=1300 conf >/dev/null; docker network create --config-from conf of >/dev/null; for n in conf of; do docker network inspect $n | ${BARE}; done; docker run --rm --network conf busybox true; docker network rm conf; docker run --rm --network of busybox cat /sys/class/net/eth0/mtu; docker network rm of; docker network prune -f; docker network rm conf`,
  ],
  [
    'network: configurations that cannot be',
    'docker network create --config-only conf >/dev/null; for more in "--label x=y" "-o a=b" --config-only --ipv6; do docker network create --config-from conf $more n; done; docker network create --config-from nosuch n; for more in --internal --attachable; do docker network create --config-only $more n; done',
  ],
  [
    'network: addresses that cannot be',
    'docker network create --subnet 10.9.0.0/24 --subnet 10.8.0.0/24 n; docker network create --subnet 10.9.0.0/24 --aux-address a=x n; docker network create --subnet 10.9.0.0/24 --aux-address a=10.1.0.1 n; docker network create -o com.docker.network.driver.mtu=-1 n',
  ],
  [
    'network: further addresses, and the longest packet',
    'docker network create --subnet 10.9.0.0/24 -o com.docker.network.driver.mtu=1400 n >/dev/null; docker run --name box --network n --link-local-ip 169.254.8.8 busybox sh -c \'ip -4 addr show eth0 | grep -o "inet [^ ]*"; cat /sys/class/net/eth0/mtu\'; docker inspect -f "{{json .NetworkSettings.Networks.n.IPAMConfig}}" box; docker run --rm --network n --link-local-ip nonsense busybox true',
  ],
];
