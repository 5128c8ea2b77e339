# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/travel/Dockerfile")"
cat > "$HOME/travel/Dockerfile" <<'EOF_'
FROM busybox
LABEL purpose=travel
RUN echo 'clean socks' > /suitcase
RUN echo 'a book' >> /suitcase
CMD ["cat", "/suitcase"]
EOF_
mkdir -p ~/stick && cd ~/travel && docker build -t travel:1 . && docker save travel:1 | gzip > ~/stick/travel.tar.gz
docker image inspect --format '{{.Id}}' travel:1 > ~/stick/id; docker rmi travel:1; docker load -i ~/stick/travel.tar.gz
docker run --name trip travel:1 sh -c 'echo "a shell from the beach" >> /suitcase'; docker export trip | gzip > ~/stick/trip.tar.gz
docker import ~/stick/trip.tar.gz trip:1; docker history trip:1; docker run --name home trip:1
docker import --change 'CMD ["cat", "/suitcase"]' ~/stick/trip.tar.gz trip:2
docker pull busybox; docker tag travel:1 travel:spare; docker save busybox travel:1 travel:spare -o ~/stick/all.tar
docker rm trip; docker rmi busybox travel:1 travel:spare; docker load -i ~/stick/all.tar
