docker pull busybox
docker run --name one busybox echo hello
docker run -d --name clock busybox sh -c 'while true; do date; sleep 1; done'
docker run -d busybox sh -c 'while true; do date; sleep 1; done'
docker exec clock sh -c 'echo "buy milk" > /root/notes'
docker stop -t 1 clock
docker start clock
docker rename "$(docker ps -lq)" second
docker stop -t 1 second
docker cp clock:/root/notes notes
docker rm -f clock
docker cp notes second:/root/notes
docker run --name greeting hello-world
docker rm greeting
docker rmi hello-world
