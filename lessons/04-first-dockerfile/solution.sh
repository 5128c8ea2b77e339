# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/today/today")"
cat > "$HOME/today/today" <<'EOF_'
#!/bin/sh
echo "$GREETING! It is $(date +%A)."
EOF_
mkdir -p "$(dirname "$HOME/today/Dockerfile")"
cat > "$HOME/today/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim
WORKDIR /app
COPY today .
RUN chmod +x today
ENV GREETING=Hello
CMD ["./today"]
EOF_
cd ~/today && docker build -t today:1 .
docker run --name ahoy -e GREETING=Ahoy today:1
mkdir -p "$(dirname "$HOME/today/Dockerfile")"
cat > "$HOME/today/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim
LABEL org.opencontainers.image.authors="Ada"
WORKDIR /app
RUN printf '#!/bin/sh\ncat /etc/os-release\n' > about && chmod +x about
COPY today .
RUN chmod +x today
ENV GREETING=Hello
CMD ["./today"]
EOF_
docker build -t today:2 .
mkdir -p "$(dirname "$HOME/today/Dockerfile")"
cat > "$HOME/today/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim
WORKDIR /app
COPY . .
RUN chmod +x today
ENV GREETING=Hello
CMD ["./today"]
EOF_
head -c 20M /dev/urandom > data.bin; echo 'PASSWORD=hunter2' > .env; docker build -t today:fat .
mkdir -p "$(dirname "$HOME/today/.dockerignore")"
cat > "$HOME/today/.dockerignore" <<'EOF_'
.env
*.bin
Dockerfile
.dockerignore
EOF_
docker build -t today:try .
docker build -t today:3 .
