import type { Row } from '../row.ts';

const until = (name: string, status: string): string =>
  `eventually '[ $(docker inspect -f {{.State.Health.Status}} ${name}) = ${status} ]'`;
const restarted = (name: string, what: string): string =>
  `eventually '[ "$(docker inspect -f {{.State.Status}}{{.RestartCount}} ${name})" = ${what} ]'`;
const FIRST =
  "docker inspect -f '{{(index .State.Health.Log 0).ExitCode}} {{json (index .State.Health.Log 0).Output}}'";

/** Health checks and restart policies. */
export const HEALTH: readonly Row[] = [
  [
    'health: before the first probe',
    "docker run -d --name box --health-cmd true --health-interval 1h busybox sleep 60 >/dev/null; docker inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' box; docker ps --format '{{.Status}}'",
  ],
  [
    'health: from unhealthy to healthy',
    `docker run -d --name box --health-cmd 'test -f /ok && echo fine || { echo broken; exit 3; }' --health-interval 700ms --health-retries 2 --health-timeout 5s busybox sleep 60 >/dev/null; ${until('box', 'unhealthy')}; docker ps --format '{{.Status}}'; ${FIRST} box; docker ps --filter health=unhealthy --format '{{.Names}}'; docker exec box touch /ok; ${until('box', 'healthy')}; docker inspect -f '{{.State.Health.FailingStreak}} {{json .Config.Healthcheck}}' box; eventually '[ $(docker inspect -f "{{len .State.Health.Log}}" box) = 5 ]'`,
  ],
  [
    'health: after the end, and of the next run',
    `docker run -d --name box --health-cmd true --health-interval 4s busybox sleep 60 >/dev/null; ${until('box', 'healthy')}; docker stop -t 0 box; docker inspect -f '{{.State.Health.Status}}' box; docker ps -a --format '{{.Status}}'; docker start box; docker inspect -f '{{.State.Health.Status}}' box; ${until('box', 'healthy')}`,
  ],
  [
    'health: events',
    `t=$(date +%s.%N); docker run -d --name box --health-cmd 'test -f /ok' --health-interval 200ms --health-retries 1 busybox sleep 60 >/dev/null; ${until('box', 'unhealthy')}; docker exec box touch /ok; ${until('box', 'healthy')}; u=$(($(date +%s)+1)); docker events --since $t --until $u --format '{{.Action}}' --filter event=health_status; docker events --since $t --until $u --format '{{.Action}}' --filter 'event=health_status: healthy'; docker events --since $t --until $u --format '{{.Action}}' --filter container=box | grep exec | sort -u`,
  ],
  [
    'health: --health-start-period',
    "docker run -d --name box --health-cmd false --health-interval 100ms --health-retries 1 --health-start-period 1h busybox sleep 60 >/dev/null; eventually '[ $(docker inspect -f \"{{len .State.Health.Log}}\" box) -ge 3 ]'; docker inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' box",
  ],
  [
    'health: --health-timeout',
    `docker run -d --name box --health-cmd 'echo begun; sleep 20' --health-interval 100ms --health-timeout 300ms --health-retries 1 busybox sleep 60 >/dev/null; ${until('box', 'unhealthy')}; ${FIRST} box`,
  ],
  [
    'health: from the image, changed and taken away',
    "docker run -d --name one --health-cmd true --health-interval 1h busybox sleep 60 >/dev/null; docker commit one im >/dev/null; docker run -d --name two --no-healthcheck im sleep 60 >/dev/null; docker run -d --name box im sleep 60 >/dev/null; docker run -d --name dd --health-retries 7 im sleep 60 >/dev/null; for c in two box dd; do docker inspect -f '{{json .Config.Healthcheck}} {{with .State.Health}}yes{{else}}no{{end}}' $c; done; docker ps --filter health=none --format '{{.Names}}'; docker ps --filter health=starting --format '{{.Names}}'; docker ps --filter health=x",
  ],
  [
    'health: output too long, and commands that are not there',
    `docker run -d --name box --health-cmd 'head -c 5000 /dev/zero | tr "\\0" x' --health-interval 100ms busybox sleep 60 >/dev/null; ${until('box', 'healthy')}; docker inspect -f '{{(index .State.Health.Log 0).Output}}' box | wc -c; docker inspect -f '{{(index .State.Health.Log 0).Output}}' box | tail -c 9; docker run -d --name dd --health-cmd nosuch --health-interval 100ms --health-retries 1 busybox sleep 60 >/dev/null; ${until('dd', 'unhealthy')}; ${FIRST} dd; docker commit -c 'HEALTHCHECK --interval=100ms --retries=1 CMD ["nosuch", "a"]' box im >/dev/null; docker run -d --name ff im >/dev/null; ${until('ff', 'unhealthy')}; ${FIRST} ff`,
  ],
  [
    'health: of a paused one',
    `docker run -d --name box --health-cmd true --health-interval 200ms busybox sleep 60 >/dev/null; ${until('box', 'healthy')}; docker pause box; docker inspect -f '{{.State.Health.Status}} {{.State.Status}}' box; docker ps --format '{{.Status}}'; docker unpause box; ${until('box', 'healthy')}`,
  ],
  [
    'health: runs as the container does',
    `docker run -d --name box -e A=1 -u 1000 -w /tmp --health-cmd 'echo $A $(id -u) $PWD' --health-interval 100ms busybox sleep 60 >/dev/null; ${until('box', 'healthy')}; ${FIRST} box`,
  ],
  [
    'restart on-failure: as often as said, and again',
    `docker run -d --name box --restart on-failure:2 busybox sh -c 'echo x; exit 3' >/dev/null; ${restarted('box', 'exited2')}; docker inspect -f '{{.State.ExitCode}} {{.State.Restarting}} {{.State.Running}}' box; docker logs box; docker start box; ${restarted('box', 'exited2')}; docker logs box; docker run -d --name dd --restart on-failure busybox true >/dev/null; docker wait dd; docker inspect -f '{{.State.Status}} {{.RestartCount}}' dd`,
  ],
  [
    'restart always: until it is stopped',
    "docker run -d --name box --restart always busybox sh -c 'echo x >>/n; [ $(wc -l </n) -lt 3 ] || sleep 60' >/dev/null; eventually '[ $(docker inspect -f {{.RestartCount}} box) = 2 ]'; docker stop -t 0 box; docker inspect -f '{{.State.Status}} {{.State.Restarting}}' box; sleep 1; docker inspect -f '{{.State.Status}}' box; docker start box; docker inspect -f '{{.RestartCount}}' box; docker kill box; sleep 1; docker inspect -f '{{.State.Status}}' box",
  ],
  [
    'restart: between two runs',
    "docker run -d --name box --restart always busybox false >/dev/null; eventually '[ $(docker inspect -f {{.RestartCount}} box) -ge 6 ]'; eventually '[ $(docker inspect -f {{.State.Status}} box) = restarting ]'; docker exec box true; docker pause box; docker attach box; docker rm box; docker inspect -f '{{.State.Restarting}} {{.State.Running}} {{.State.ExitCode}}' box; docker kill box; docker ps -a --format '{{.Status}}'",
  ],
  [
    'restart: who is stopped between two runs stays so',
    'for i in 1 2 3 4 5 6; do docker run -d --restart always busybox false; done >/dev/null; docker stop -t 1 $(docker ps -aq) >/dev/null; sleep 1; docker ps -aq -f status=exited | wc -l; docker start $(docker ps -aql) >/dev/null; docker rm -f $(docker ps -aq) >/dev/null; docker ps -aq',
  ],
  [
    'restart: events',
    `t=$(date +%s.%N); docker run -d --name box --restart on-failure:1 busybox false >/dev/null; ${restarted('box', 'exited1')}; docker events --since $t --until $(($(date +%s)+1)) --format '{{.Action}} {{.Actor.Attributes.exitCode}}' --filter container=box`,
  ],
  [
    'wait: before the start, and twice',
    "docker run -d --name box busybox sh -c 'sleep 0.5; exit 7' >/dev/null; docker wait box box; docker create --name dd busybox true >/dev/null; docker wait dd; docker wait",
  ],
  [
    'rename: what names can be',
    "docker run -d --name box busybox sleep 60 >/dev/null; docker rename box dd; docker inspect box -f x; docker rename dd 'a b'; docker rename '' x; docker create --name ee busybox true >/dev/null; docker rename dd a; docker rename dd /ff; docker inspect -f '{{.Name}}' ff; docker rename ff $(docker inspect -f '{{.Id}}' ee); docker ps -a --format '{{.Names}}'",
  ],
];
