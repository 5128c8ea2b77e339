import type { Row } from '../row.ts';

/** Makes a folder with three services, two networks and a volume: what a first course on Compose builds. */
export const PROJECT = String.raw`mkdir web; echo hello >web/page
printf 'FROM busybox\nARG V=1\nLABEL v=$V\nCOPY page /www/page\nENV FROM_IMAGE=yes\nCMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n' >web/Dockerfile
printf 'A=file\nB=two words\n' >app.env; echo TAG=latest >.env
cat >docker-compose.yml <<'END'
version: "3.8"
services:
  db:
    image: busybox:${'$'}{TAG}
    command: sh -c 'echo db up; touch /data/x; exec sleep 1000'
    volumes: [data:/data]
    networks: [back]
    stop_signal: SIGKILL
    healthcheck: {test: "test -f /data/x", interval: 1s}
  web:
    build: {context: web, args: {V: "7"}}
    image: demo/web
    depends_on: [db]
    env_file: app.env
    environment: {C: "from-yml"}
    ports: ["8080:80"]
    networks: {back: {aliases: [site]}, front: {}}
    stop_signal: SIGKILL
    restart: unless-stopped
  job:
    image: busybox
    command: sh -c 'until wget -qO- http://site/page; do sleep 0.1; done; echo $$GREETING'
    environment: [GREETING]
    networks: [back]
    depends_on: [web]
    labels: {team: blue}
networks:
  front: {ipam: {config: [{subnet: 10.7.0.0/16}]}}
  back: {internal: true, ipam: {config: [{subnet: 10.8.0.0/16}]}}
volumes: {data: {labels: {keep: "no"}}}
END
export COMPOSE_PROJECT_NAME=demo GREETING=hi; c() { docker-compose "$@" 2>&1; }
`;

const row = (title: string, script: string): Row => [
  `docker-compose: ${title}`,
  PROJECT + script,
  { unordered: true },
];

/** docker-compose 1.29, a client that is not Docker's own. What it does at a time comes in any order. */
export const COMPOSE: readonly Row[] = [
  row(
    'build',
    'c build; docker inspect -f "{{json .Config.Labels}} {{json .Config.Env}}" demo/web; c build --build-arg V=8 web; docker inspect -f "{{json .Config.Labels}}" demo/web',
  ),
  row(
    'up -d: in the order of what depends on what',
    'c build -q; c up -d; docker wait demo_job_1; docker ps -a --format "{{.Names}} {{.Image}} {{.Ports}}"; docker exec demo_web_1 ls /www; docker volume inspect -f "{{json .Labels}}" demo_data; docker network inspect -f "{{.Internal}} {{len .Containers}}" demo_back',
  ),
  row(
    'ps and logs',
    `c build -q; c up -d 2>/dev/null >&2; docker wait demo_job_1; eventually '[ $(docker inspect -f "{{.State.Health.Status}}" demo_db_1) = healthy ]'; c ps; c logs --no-color; c logs --tail 1 --no-color job`,
  ),
  row(
    'exec and port',
    'c build -q; c up -d web; c exec -T web sh -c "echo \\$A \\$B \\$C \\$FROM_IMAGE"; c exec -T web false; echo $?; c exec -T job true; c port web 80',
  ),
  row(
    'run',
    'c build -q; c run --rm -T job echo run; c run --rm -T --no-deps -e X=1 job env | grep -E "^X|GREET"',
  ),
  row(
    'up --scale',
    'c up -d --no-deps --scale job=3 job; docker ps -aq --filter label=team=blue | wc -l; c up -d --no-deps --scale job=1 job >scaled; grep -c removing...$ scaled; docker ps -aq --filter label=team=blue | wc -l; c rm -sf job >/dev/null',
  ),
  row(
    'restart, stop, start, pause, kill, rm',
    'c up -d db; c restart db; c stop db; docker inspect -f "{{.State.Status}}" demo_db_1; c start db; c pause db; c unpause db; c kill db; c rm -f db; docker ps -aq',
  ),
  row(
    'up again: only what has changed',
    'c up -d db; c up -d db; sed -i "s/db up/db changed/" docker-compose.yml; c up -d db; c logs --no-color db; docker volume ls -q',
  ),
  row(
    'down -v',
    'c build -q; c up -d; c down -v; docker ps -aq; docker network ls -q -f type=custom; docker volume ls -q; docker images -q demo/web | wc -l; c down --rmi local',
  ),
];
