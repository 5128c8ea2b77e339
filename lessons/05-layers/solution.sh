# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/stack/Dockerfile")"
cat > "$HOME/stack/Dockerfile" <<'EOF_'
FROM busybox
RUN dd if=/dev/urandom of=/big bs=1M count=10
RUN echo secret > /key
ENV COLOUR=blue
RUN rm /big /key
EOF_
cd ~/stack && docker build -t stack:1 .
docker run --name thief $(docker history -q stack:1 | sed -n 3p) cat /key
mkdir -p "$(dirname "$HOME/stack/Dockerfile")"
cat > "$HOME/stack/Dockerfile" <<'EOF_'
FROM busybox
RUN dd if=/dev/urandom of=/big bs=1M count=10 && \
    wc -c /big > /size && \
    rm /big
EOF_
docker build -t stack:2 .
docker tag $(docker history -q stack:1 | sed -n 3p) stack:full
docker run -d --name left stack:full sleep 1d; docker run -d --name right stack:full sleep 1d
docker exec left sh -c 'echo x >> /big' && docker ps -s
docker exec right rm /key
