import type { Row } from '../row.ts';

const BIG = "docker run --name box busybox sh -c 'head -c 100000 /dev/zero >/f'";

/** Commands that remove what nobody uses. */
export const PRUNE: readonly Row[] = [
  [
    'image prune: filters',
    `${BIG}; docker commit -c 'LABEL k=v' box >/dev/null; docker commit -c 'LABEL k=w' box >/dev/null; docker commit box keep:1 >/dev/null; docker rm box; for f in label=nosuch label=k=v label!=k until=1h until=2000-01-01 label!=k=v; do docker image prune -f --filter $f; done; docker image prune -f`,
  ],
  [
    'image prune: bad filters',
    'docker image prune -f --filter until=x; docker image prune -f --filter nosuch=1; docker image prune -f --filter dangling=x; docker image prune -f --filter until=1h --filter until=2h; docker image prune -f --filter x',
  ],
  [
    'image prune -a leaves what a container uses',
    `${BIG}; docker commit box >/dev/null; docker commit box im:1 >/dev/null; docker tag im:1 im:2; docker rm box; docker run --name dd busybox true; docker image prune -af --filter label!=x=y; docker images --format '{{.Repository}}:{{.Tag}}'`,
    { unordered: true },
  ],
  [
    'prune asks',
    'for what in image container volume network system; do echo n | docker $what prune; done; echo n | docker image prune -a --filter label=x; echo n | docker system prune -a --volumes; echo n | docker system prune --filter label=x; docker system prune --volumes --filter until=1h -f',
  ],
  [
    'container prune: filters',
    "docker create --name one -l k=v busybox true; docker create --name two busybox true; docker run -d --name ee busybox sleep 60 >/dev/null; docker run --name dd busybox sh -c 'head -c 54321 /dev/zero >/f'; for f in label=k=w until=10m label!=k nosuch=1 until=x; do docker container prune -f --filter $f; done; docker container prune -f; docker ps -a --format '{{.Names}}'",
  ],
  [
    'container prune leaves what is paused',
    'docker run -d --name box busybox sleep 60 >/dev/null; docker pause box; docker container prune -f; docker unpause box',
  ],
  [
    'volume prune: filters',
    "docker volume create one; docker volume create --label k=v two; docker create -v box:/x --name q busybox true; docker run --rm -v one:/x busybox sh -c 'head -c 12345 /dev/zero >/x/f'; for f in label=k=w label!=k nosuch=1 until=1h; do docker volume prune -f --filter $f; done; docker volume prune -f; docker volume ls -q",
  ],
  [
    'network prune: filters',
    "docker network create --subnet 10.7.0.0/16 one; docker network create --subnet 10.8.0.0/16 --label k=v two; docker network create --subnet 10.9.0.0/16 box; docker run -d --network box --name q busybox sleep 60; for f in label=k=w until=1h label!=k nosuch=1 until=x; do docker network prune -f --filter $f; done; docker network prune -f; docker network ls --format '{{.Name}}'",
    { unordered: true },
  ],
  [
    'prune: events',
    "t=$(date +%s.%N); docker run --name box busybox sh -c 'head -c 4321 /dev/zero >/f'; docker volume create vv; docker run --rm -v vv:/v busybox sh -c 'head -c 321 /dev/zero >/v/f'; docker network create --subnet 10.7.0.0/16 nn; for what in container volume network image builder container; do docker $what prune -f; done >/dev/null; docker events --since $t --until $(date +%s.%N) --filter event=prune --format '{{.Type}} {{.ID}} {{json .Actor}}'",
  ],
  [
    'system prune: everything',
    "docker create --name box busybox true; docker volume create vv; docker network create --subnet 10.7.0.0/16 nn; docker run --name dd busybox sh -c 'head -c 54321 /dev/zero >/f'; docker commit dd >/dev/null; docker commit dd im:1 >/dev/null; docker run -d --name ee busybox sleep 60 >/dev/null; docker system prune -f; docker system prune -f --volumes; docker system prune -af --filter label=nosuch; docker images --format '{{.Repository}}:{{.Tag}}' | sort; docker volume ls -q",
    { unordered: true },
  ],
  [
    'system prune: filters',
    "docker create --name box -l k=v busybox true; docker create --name dd busybox true; docker network create --subnet 10.7.0.0/16 --label k=v nn; docker network create --subnet 10.8.0.0/16 mm; for f in label=k=v until=1h nosuch=1 until=x; do docker system prune -f --filter $f; done; docker ps -a --format '{{.Names}}'",
  ],
];
