# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
docker run --name one busybox echo hello
docker run -d --name clock busybox sh -c 'while true; do date; sleep 1; done'
docker run -d busybox sh -c 'while true; do date; sleep 1; done'
docker exec clock sh -c 'echo "buy milk" > /root/notes'
docker start clock && docker exec clock cat /root/notes
docker stop -t 1 clock && docker start clock
docker rename $(docker ps --format "{{.Names}}" --filter ancestor=busybox | grep -v clock | head -n 1) second && docker stop -t 1 second
docker cp clock:/root/notes . && docker rm -f clock && docker cp notes second:/root/notes
docker run --name greeting hello-world; docker rm greeting && docker rmi hello-world
