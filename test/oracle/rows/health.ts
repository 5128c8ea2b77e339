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
    'health: from starting to unhealthy to healthy',
    `docker run -d --name cc --health-cmd 'test -f /ok && echo fine || { echo broken; exit 3; }' --health-interval 200ms --health-retries 2 --health-timeout 5s busybox sleep 60 >/dev/null; docker inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' cc; docker ps --format '{{.Status}}'; ${until('cc', 'unhealthy')}; docker ps --format '{{.Status}}'; ${FIRST} cc; docker ps --filter health=unhealthy --format '{{.Names}}'; docker exec cc touch /ok; ${until('cc', 'healthy')}; docker inspect -f '{{.State.Health.FailingStreak}} {{json .Config.Healthcheck}}' cc; eventually '[ $(docker inspect -f "{{len .State.Health.Log}}" cc) = 5 ]'`,
  ],
  [
    'health: after the end, and of the next run',
    `docker run -d --name cc --health-cmd true --health-interval 200ms busybox sleep 60 >/dev/null; ${until('cc', 'healthy')}; docker stop -t 0 cc; docker inspect -f '{{.State.Health.Status}}' cc; docker ps -a --format '{{.Status}}'; docker start cc; docker inspect -f '{{.State.Health.Status}}' cc; ${until('cc', 'healthy')}`,
  ],
  [
    'health: events',
    `t=$(date +%s.%N); docker run -d --name cc --health-cmd 'test -f /ok' --health-interval 200ms --health-retries 1 busybox sleep 60 >/dev/null; ${until('cc', 'unhealthy')}; docker exec cc touch /ok; ${until('cc', 'healthy')}; u=$(($(date +%s)+1)); docker events --since $t --until $u --format '{{.Action}}' --filter event=health_status; docker events --since $t --until $u --format '{{.Action}}' --filter 'event=health_status: healthy'; docker events --since $t --until $u --format '{{.Action}}' --filter container=cc | grep -m3 -A9 ok | sort -u`,
  ],
  [
    'health: --health-start-period',
    "docker run -d --name cc --health-cmd false --health-interval 100ms --health-retries 1 --health-start-period 1h busybox sleep 60 >/dev/null; eventually '[ $(docker inspect -f \"{{len .State.Health.Log}}\" cc) = 3 ]'; docker inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' cc",
  ],
  [
    'health: --health-timeout',
    `docker run -d --name cc --health-cmd 'echo begun; sleep 20' --health-interval 100ms --health-timeout 300ms --health-retries 1 busybox sleep 60 >/dev/null; ${until('cc', 'unhealthy')}; ${FIRST} cc`,
  ],
  [
    'health: from the image, changed and taken away',
    "docker run -d --name aa --health-cmd true --health-interval 1h busybox sleep 60 >/dev/null; docker commit aa im >/dev/null; docker run -d --name bb --no-healthcheck im sleep 60 >/dev/null; docker run -d --name cc im sleep 60 >/dev/null; docker run -d --name dd --health-retries 7 im sleep 60 >/dev/null; for c in bb cc dd; do docker inspect -f '{{json .Config.Healthcheck}} {{with .State.Health}}yes{{else}}no{{end}}' $c; done; docker ps --filter health=none --format '{{.Names}}'; docker ps --filter health=starting --format '{{.Names}}'; docker ps --filter health=x",
  ],
  [
    'health: output too long, and commands that are not there',
    `docker run -d --name cc --health-cmd 'head -c 5000 /dev/zero | tr "\\0" x' --health-interval 100ms busybox sleep 60 >/dev/null; ${until('cc', 'healthy')}; docker inspect -f '{{(index .State.Health.Log 0).Output}}' cc | wc -c; docker inspect -f '{{(index .State.Health.Log 0).Output}}' cc | tail -c 9; docker run -d --name dd --health-cmd nosuch --health-interval 100ms --health-retries 1 busybox sleep 60 >/dev/null; ${until('dd', 'unhealthy')}; ${FIRST} dd; docker commit -c 'HEALTHCHECK --interval=100ms --retries=1 CMD ["nosuch", "a"]' cc im >/dev/null; docker run -d --name ff im >/dev/null; ${until('ff', 'unhealthy')}; ${FIRST} ff`,
  ],
  [
    'health: of a paused one',
    `docker run -d --name cc --health-cmd true --health-interval 200ms busybox sleep 60 >/dev/null; ${until('cc', 'healthy')}; docker pause cc; docker inspect -f '{{.State.Health.Status}} {{.State.Status}}' cc; docker ps --format '{{.Status}}'; docker unpause cc; ${until('cc', 'healthy')}`,
  ],
  [
    'health: runs as the container does',
    `docker run -d --name cc -e A=1 -u 1000 -w /tmp --health-cmd 'echo $A $(id -u) $PWD' --health-interval 100ms busybox sleep 60 >/dev/null; ${until('cc', 'healthy')}; ${FIRST} cc`,
  ],
  [
    'restart on-failure: as often as said, and again',
    `docker run -d --name cc --restart on-failure:2 busybox sh -c 'echo x; exit 3' >/dev/null; ${restarted('cc', 'exited2')}; docker inspect -f '{{.State.ExitCode}} {{.State.Restarting}} {{.State.Running}}' cc; docker logs cc; docker start cc; ${restarted('cc', 'exited2')}; docker logs cc; docker run -d --name dd --restart on-failure busybox true >/dev/null; docker wait dd; docker inspect -f '{{.State.Status}} {{.RestartCount}}' dd`,
  ],
  [
    'restart always: until it is stopped',
    "docker run -d --name cc --restart always busybox sh -c 'echo x >>/n; [ $(wc -l </n) -lt 3 ] || sleep 60' >/dev/null; eventually '[ $(docker inspect -f {{.RestartCount}} cc) = 2 ]'; docker stop -t 0 cc; docker inspect -f '{{.State.Status}} {{.State.Restarting}}' cc; sleep 1; docker inspect -f '{{.State.Status}}' cc; docker start cc; docker inspect -f '{{.RestartCount}}' cc; docker kill cc; sleep 1; docker inspect -f '{{.State.Status}}' cc",
  ],
  [
    'restart: between two runs',
    "docker run -d --name cc --restart always busybox false >/dev/null; eventually '[ $(docker inspect -f {{.RestartCount}} cc) -ge 5 ]'; eventually '[ $(docker inspect -f {{.State.Status}} cc) = restarting ]'; docker exec cc true; docker pause cc; docker attach cc; docker rm cc; docker inspect -f '{{.State.Restarting}} {{.State.Running}} {{.State.ExitCode}}' cc; docker kill cc; docker ps -a --format '{{.Status}}'",
  ],
  [
    'restart: events',
    `t=$(date +%s.%N); docker run -d --name cc --restart on-failure:1 busybox false >/dev/null; ${restarted('cc', 'exited1')}; docker events --since $t --until $(($(date +%s)+1)) --format '{{.Action}} {{.Actor.Attributes.exitCode}}' --filter container=cc`,
  ],
  [
    'wait: before the start, and twice',
    "docker run -d --name cc busybox sh -c 'sleep 0.5; exit 7' >/dev/null; docker wait cc cc; docker create --name dd busybox true >/dev/null; docker wait dd; docker wait",
  ],
  [
    'rename: what names can be',
    "docker run -d --name cc busybox sleep 60 >/dev/null; docker rename cc dd; docker inspect cc -f x; docker rename dd 'a b'; docker rename '' x; docker create --name ee busybox true >/dev/null; docker rename dd a; docker rename dd /ff; docker inspect -f '{{.Name}}' ff; docker rename ff $(docker inspect -f '{{.Id}}' ee); docker ps -a --format '{{.Names}}'",
  ],
];
