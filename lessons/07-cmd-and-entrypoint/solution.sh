# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/ping/Dockerfile")"
cat > "$HOME/ping/Dockerfile" <<'EOF_'
FROM busybox
CMD ["ping", "-c", "2", "localhost"]
EOF_
cd ~/ping && docker build -t ping:1 . && docker run --name pong ping:1
docker run --name only ping:1 127.0.0.1
mkdir -p "$(dirname "$HOME/ping/Dockerfile")"
cat > "$HOME/ping/Dockerfile" <<'EOF_'
FROM busybox
ENTRYPOINT ["ping", "-c", "2"]
CMD ["localhost"]
EOF_
docker build -t ping:2 . && docker run --name other ping:2 127.0.0.1
docker run --name look --entrypoint ls ping:2 -l /bin/ping
mkdir -p "$(dirname "$HOME/ping/Dockerfile")"
cat > "$HOME/ping/Dockerfile" <<'EOF_'
FROM busybox
ENV WHOM=world
CMD echo "Hello $WHOM"
EOF_
docker build -t form:shell . && sed -i 's/^CMD.*/CMD ["echo", "Hello $WHOM"]/' Dockerfile && docker build -t form:exec .
mkdir -p "$(dirname "$HOME/ping/service")"
cat > "$HOME/ping/service" <<'EOF_'
#!/bin/sh
trap 'echo closing; exit 0' TERM
echo ready
while true; do sleep 0.2; done
EOF_
mkdir -p "$(dirname "$HOME/ping/Dockerfile")"
cat > "$HOME/ping/Dockerfile" <<'EOF_'
FROM busybox
COPY --chmod=755 service /service
CMD /service; echo "never reached"
EOF_
docker build -t service:1 . && docker run -d --name deaf service:1 && docker stop -t 1 deaf
sed -i 's/^CMD.*/CMD ["\/service"]/' Dockerfile && docker build -t service:2 . && docker run -d --name polite service:2
until docker logs polite | grep ready; do sleep 0.1; done; docker stop -t 10 polite
