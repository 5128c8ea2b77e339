# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
docker pull -q busybox
docker pull -q hello-world
docker pull -q debian:bookworm-slim
(cd /tmp && rm -rf mess && mkdir mess && cd mess
printf 'FROM busybox\nRUN dd if=/dev/urandom of=/data bs=1M count=8\nARG n\nRUN echo $n > /n\n' > Dockerfile
docker build -q --build-arg n=1 -t app:1 . && docker build -q --build-arg n=2 -t app:2 .
docker build -q --no-cache --build-arg n=3 -t app:test . && docker build -q --no-cache --build-arg n=4 -t app:test .
for n in 1 2 3; do docker run --name "old-$n" app:1 true; done
docker run --name scratchpad busybox sh -c 'head -c 5000000 /dev/urandom > /notes'
docker run -d --name web --label keep=yes app:2 sleep 1d
docker volume create letters && docker run --rm -v letters:/letters busybox sh -c 'echo Dear Ada > /letters/1'
docker run --name tmp -v /cache busybox sh -c 'head -c 3000000 /dev/urandom > /cache/x' && docker rm tmp
docker network create lonely)
docker rm old-1 old-2 old-3
docker container prune -f
docker run -d --name guard busybox sleep 1d && docker container prune -f && docker ps
docker rmi app:1 && docker image prune -f
docker image prune -a -f --filter until=24h
docker create --name keeper -v letters:/letters busybox && docker volume prune -f
docker system prune -f
