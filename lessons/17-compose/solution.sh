# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
docker pull -q busybox
mkdir -p "$(dirname "$HOME/stall/web/index.sh")"
cat > "$HOME/stall/web/index.sh" <<'EOF_'
#!/bin/sh
# A page that says who serves it, and how often it was asked for.
file=/data/count
count=$(($(cat $file 2>/dev/null || echo 0) + 1))
echo $count > $file
printf 'Content-Type: text/plain\r\n\r\n'
echo "$GREETING from $HOSTNAME, visit $count"
EOF_
chmod 755 "$HOME/stall/web/index.sh"
mkdir -p "$(dirname "$HOME/stall/web/Dockerfile")"
cat > "$HOME/stall/web/Dockerfile" <<'EOF_'
FROM busybox
ENV GREETING=Hello
COPY index.sh /www/cgi-bin/index.sh
EXPOSE 80
CMD ["httpd", "-f", "-h", "/www"]
EOF_
mkdir -p "$(dirname "$HOME/stall/docker-compose.yml")"
cat > "$HOME/stall/docker-compose.yml" <<'EOF_'
version: "3.8"
services:
  web:
    build: web
    stop_grace_period: 1s
    ports:
      - "8080:80"
    environment:
      GREETING: ${WORD:-Welcome}
    volumes:
      - visits:/data
  visitor:
    image: busybox
    stop_grace_period: 1s
    command: sh -c 'while sleep 1; do wget -qO- http://web/cgi-bin/index.sh; done'
    depends_on:
      - web
volumes:
  visits:
EOF_
cd ~/stall && docker-compose up -d
until curl -sf http://localhost:8080/cgi-bin/index.sh; do sleep 0.2; done; docker exec stall_web_1 true
mkdir -p "$(dirname "$HOME/stall/.env")"
cat > "$HOME/stall/.env" <<'EOF_'
WORD=Ahoy
EOF_
docker-compose up -d && sleep 1 && curl http://localhost:8080/cgi-bin/index.sh
sed -i 's/Ahoy/Servus/' .env && docker-compose up -d
sed -i 's/visit \$count/visitor number $count/' web/index.sh && docker-compose up -d --build
until curl -sf http://localhost:8080/cgi-bin/index.sh; do sleep 0.2; done; docker exec stall_web_1 true
docker update --memory 64m --memory-swap 64m --restart unless-stopped stall_web_1
docker-compose down
